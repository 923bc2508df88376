using System.Runtime.InteropServices;
using System.Text;

namespace FlashMem.Graph.Import.External;

/// <summary>What a directory entry is, without following symbolic links.</summary>
/// <param name="IsRegular">An ordinary file: not a directory, link, pipe, socket or device.</param>
/// <param name="LinkCount">Names that the file has; null where the system does not tell.</param>
internal readonly record struct FileIdentity(bool IsRegular, long? LinkCount)
{
    private const int CurrentDirectory = -100;
    private const int NoFollow = 0x100;
    private const uint BasicStats = 0x7FF;
    private const int StatxBytes = 256;
    private const int LinkCountOffset = 16;
    private const int ModeOffset = 28;
    private const int TypeMask = 0xF000;
    private const int RegularType = 0x8000;

    /// <summary>Looks at an existing entry. With <paramref name="follow"/> a symbolic link stands for its target.</summary>
    public static FileIdentity Of(string path, bool follow)
    {
        if (OperatingSystem.IsLinux() && TryStatx(path, follow, out FileIdentity identity))
        {
            return identity;
        }

        FileSystemInfo info = new FileInfo(path);
        if (follow)
        {
            info = info.ResolveLinkTarget(returnFinalTarget: true) ?? info;
        }

        FileAttributes attributes = info.Attributes;
        bool special = (attributes & (FileAttributes.Directory | FileAttributes.Device | FileAttributes.ReparsePoint)) != 0;
        return new FileIdentity(!special, null);
    }

    // statx has one layout on every Linux architecture, unlike stat. Older C libraries lack it.
    private static unsafe bool TryStatx(string path, bool follow, out FileIdentity identity)
    {
        identity = default;
        byte* buffer = stackalloc byte[StatxBytes];
        byte[] name = Encoding.UTF8.GetBytes(path + '\0');
        try
        {
            fixed (byte* namePointer = name)
            {
                if (Statx(CurrentDirectory, namePointer, follow ? 0 : NoFollow, BasicStats, buffer) != 0)
                {
                    return false;
                }
            }
        }
        catch (EntryPointNotFoundException)
        {
            return false;
        }

        uint links = *(uint*)(buffer + LinkCountOffset);
        int mode = *(ushort*)(buffer + ModeOffset);
        identity = new FileIdentity((mode & TypeMask) == RegularType, links);
        return true;
    }

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern unsafe int Statx(int directory, byte* path, int flags, uint mask, byte* result);
}
