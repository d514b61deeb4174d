using System.Numerics;

namespace Poise.Core.Chat.Templates;

/// <summary>A value as templates see it: they were written for Python, so these are Python's.</summary>
abstract class Value
{
    public static readonly Value None = new NoneValue();
    public static readonly Value True = new BoolValue(true);
    public static readonly Value False = new BoolValue(false);

    /// <summary>Python's name of the type, for messages.</summary>
    public abstract string TypeName { get; }

    /// <summary>What <c>if</c> makes of it.</summary>
    public virtual bool IsTrue => true;

    public static Value Of(bool value) => value ? True : False;

    public static Value Of(int value) => new IntValue(value);

    public static Value Of(string text) => new TextValue(text);

    public static Value Of(double value) => new FloatValue(value);

    public static Value Of(BigInteger value) => new IntValue(value);
}

sealed class NoneValue : Value
{
    public override string TypeName => "NoneType";

    public override bool IsTrue => false;
}

sealed class BoolValue(bool value) : Value
{
    public override string TypeName => "bool";

    public override bool IsTrue => value;
}

sealed class IntValue(BigInteger number) : Value
{
    public BigInteger Number => number;

    public override string TypeName => "int";

    public override bool IsTrue => !number.IsZero;
}

sealed class FloatValue(double number) : Value
{
    public double Number => number;

    public override string TypeName => "float";

    // NaN is true in Python.
    public override bool IsTrue => number != 0;
}

/// <summary>UTF-8 made by <c>encode</c>.</summary>
sealed class BytesValue(byte[] bytes) : Value, ISized
{
    public byte[] Bytes => bytes;

    public int Count => bytes.Length;

    public override string TypeName => "bytes";

    public override bool IsTrue => bytes.Length > 0;
}

/// <summary>A value that has a length.</summary>
interface ISized
{
    int Count { get; }
}
