using Poise.Core.Tokenizers.Training;
using Poise.Tensors;

namespace Poise.Core.Training.Data;

/// <summary>A file of running text in batches. A document longer than a batch is cut where no piece of it is: to the tokenizer it is still one text.</summary>
static class RunningText
{
    /// <summary>Text that goes on for so long without a place to cut it is none.</summary>
    const int MostWithoutCut = 1 << 26;

    /// <exception cref="PoiseException">The file is not UTF-8 (the message names the offset), or cannot be cut.</exception>
    public static IEnumerable<TextBatch> Read(string path, Stream stream)
    {
        byte[] buffer = new byte[2 * TextBatch.Full];
        int used = 0;
        long offset = 0;
        for (bool ended = false; !ended;)
        {
            int read = stream.ReadAtLeast(buffer.AsSpan(used), buffer.Length - used, throwOnEndOfStream: false);
            used += read;
            ended = used < buffer.Length;
            int cut = ended ? used : SafeCut.Last(buffer.AsSpan(0, used));
            if (cut < 0)
            {
                if (used >= MostWithoutCut) throw new PoiseException($"{path}: {MostWithoutCut >> 20} MiB from offset {offset} on have no line and no word that ends; this is not running text.");
                Array.Resize(ref buffer, 2 * buffer.Length);
                continue;
            }
            TrainingTexts.RefuseOtherText(path, buffer.AsSpan(0, cut), offset);
            yield return Documents(buffer.AsSpan(0, cut), begins: offset == 0);
            buffer.AsSpan(cut, used - cut).CopyTo(buffer);
            (used, offset) = (used - cut, offset + cut);
        }
    }

    static TextBatch Documents(ReadOnlySpan<byte> text, bool begins)
    {
        if (begins && text.StartsWith("\uFEFF"u8)) text = text[3..];
        var batch = new TextBatch(text.Length);
        ReadOnlySpan<byte> mark = "<|endoftext|>"u8;
        int from = 0;
        for (int at = 0; text[at..].IndexOf(mark) is >= 0 and var found;)
        {
            int start = at + found, end = start + mark.Length;
            at = end;
            while (end < text.Length && text[end] == '\r') end++;
            // Only a line of its own parts documents; neither the break before it nor the one behind is text. No cut is before a mark.
            if ((start > 0 && text[start - 1] != '\n') || (end < text.Length && text[end] != '\n')) continue;
            batch.Add(text[from..Math.Max(from, start - 1)]);
            from = at = Math.Min(end + 1, text.Length);
        }
        batch.Add(text[from..]);
        return batch;
    }
}
