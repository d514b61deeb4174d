using System.Text;
using Poise.Cli.Output;
using Poise.Cli.Terminal;
using Poise.Core.Tokenizers;
using Poise.Core.Training.Data;

namespace Poise.Cli.Training;

/// <summary>
/// A sample as the model is trained on it: what carries loss in green, what is cut away faint and struck out. Where there are no escape sequences,
/// ⟦ and ⟧ stand around what carries loss, and ✂ before what is cut.
/// </summary>
sealed class SampleView(Tokenizer tokenizer, bool ansi, bool colors)
{
    static readonly TextStyle s_loss = new(TextColor.Green, Bold: true);
    static readonly TextStyle s_cut = new(Dim: true, Strike: true);

    enum Part
    {
        Read,
        Loss,
        Cut,
    }

    /// <summary>The sample with a line about it in front, each line ended by a line feed.</summary>
    /// <param name="maximumLength">Tokens from here on are cut. Running text is parted there instead, so nothing of it is.</param>
    public string Show(TrainingSample sample, int maximumLength)
    {
        int kept = sample.IsText ? sample.Length : Math.Min(sample.Length, maximumLength);
        int loss = Enumerable.Range(0, kept).Count(i => sample.Labels[i] != TrainingSample.NoLoss);
        var text = new StringBuilder();
        text.Append(Head(sample, kept, loss)).Append('\n');
        for (int from = 0; from < sample.Length;)
        {
            Part part = PartOf(sample, from, kept);
            int to = from + 1;
            while (to < sample.Length && PartOf(sample, to, kept) == part) to++;
            Append(text, part, TextOf(sample, from, to));
            from = to;
        }
        return text.Append('\n').ToString();
    }

    /// <summary>Both answers of a pair.</summary>
    public string Show(PreferencePair pair, int maximumLength) =>
        $"{Styled("preferred", TextStyle.Strong)} {Show(pair.Chosen, maximumLength)}{Styled("rejected", TextStyle.Strong)} {Show(pair.Rejected, maximumLength)}";

    static Part PartOf(TrainingSample sample, int i, int kept) => i >= kept ? Part.Cut : sample.Labels[i] != TrainingSample.NoLoss ? Part.Loss : Part.Read;

    string Head(TrainingSample sample, int kept, int loss)
    {
        string cut = kept < sample.Length ? $", {Quantity.Count(sample.Length - kept)} cut" : "";
        string silent = sample.SilentAnswers > 0 ? $", {Quantity.Count(sample.SilentAnswers)} earlier answers without" : "";
        return Styled($"{Printable.Line(sample.Place.ToString())}: {Quantity.Count(sample.Length)} tokens, {Quantity.Count(loss)} with loss{silent}{cut}", TextStyle.Faint);
    }

    // Tokens of a part are decoded together: a character may be several tokens.
    string TextOf(TrainingSample sample, int from, int to)
    {
        var bytes = new List<byte>();
        for (int i = from; i < to; i++) bytes.AddRange(tokenizer.BytesOf(sample.Ids[i]));
        return Encoding.UTF8.GetString([.. bytes]);
    }

    void Append(StringBuilder text, Part part, string shown)
    {
        string safe = ShownText.Of(shown);
        if (!ansi) text.Append(part switch { Part.Loss => $"⟦{safe}⟧", Part.Cut => $"✂{safe}", _ => safe });
        else text.Append(Styled(safe, part switch { Part.Loss => s_loss, Part.Cut => s_cut, _ => default }));
    }

    string Styled(string text, TextStyle style)
    {
        string sequence = ansi ? style.Sequence(colors) : "";
        return sequence.Length == 0 ? text : sequence + text + TextStyle.Reset;
    }
}
