namespace Poise.Tensors;

/// <summary>An error whose message is meant for the person at the keyboard: one or two lines that say what is wrong and what to do.</summary>
public class PoiseException : Exception
{
    public PoiseException(string message) : base(message) { }
    public PoiseException(string message, Exception inner) : base(message, inner) { }
}

/// <summary>A model file that cannot be read as what it claims to be. Names the file, the field and what was expected.</summary>
public sealed class ModelFileException : PoiseException
{
    public ModelFileException(string file, string field, string problem, Exception? inner = null)
        : base($"{file}: {field}: {problem}", inner!)
    {
        File = file;
        Field = field;
        Problem = problem;
    }

    public string File { get; }
    public string Field { get; }
    public string Problem { get; }
}
