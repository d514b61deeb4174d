using System.Text;

namespace Poise.Cli.Output;

/// <summary>Standard output as UTF-8 without a byte order mark, whatever the locale says.</summary>
static class StandardOutput
{
    /// <summary>Text that appears at once: every write is flushed.</summary>
    public static StreamWriter OpenText() =>
        new(Console.OpenStandardOutput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true, NewLine = "\n" };

    public static Stream OpenBuffered() => new BufferedStream(Console.OpenStandardOutput(), 1 << 16);
}
