namespace Poise.Benchmarks.Listing;

/// <summary>What an instruction keeps busy.</summary>
enum InstructionClass
{
    Load,
    Store,
    Shuffle,
    Multiply,
    Add,
    Prefetch,
    Scalar,
}

/// <summary>A line of the compiler's listing.</summary>
/// <param name="Name">The mnemonic.</param>
/// <param name="Operands">As the listing has them, the target first.</param>
sealed record Instruction(string Name, string Operands)
{
    static readonly string[] s_multiplies = ["vpmadd", "vpdp", "vmul", "vpmul", "vfmadd", "vfnmadd"];
    static readonly string[] s_shuffles = ["vpshuf", "vperm", "vpunpck", "vpbroadcast", "vbroadcast", "vpmovzx", "vpmovsx", "vinsert", "vextract", "vpalign", "vshuf"];

    bool ReadsMemory => Operands.IndexOf("ptr [", StringComparison.Ordinal) > Operands.IndexOf(',', StringComparison.Ordinal) && Operands.Contains(',', StringComparison.Ordinal);

    bool WritesMemory => Operands.Contains("ptr [", StringComparison.Ordinal) && !ReadsMemory;

    bool IsVector => Name[0] == 'v';

    /// <summary>Memory is read, by itself or as an operand of something else.</summary>
    public bool Loads => ReadsMemory && Name != "lea" && !Name.StartsWith("prefetch", StringComparison.Ordinal);

    public bool IsVectorArithmetic => Class is InstructionClass.Shuffle or InstructionClass.Multiply or InstructionClass.Add;

    public InstructionClass Class => true switch
    {
        _ when Name.StartsWith("prefetch", StringComparison.Ordinal) => InstructionClass.Prefetch,
        _ when !IsVector => InstructionClass.Scalar,
        _ when s_multiplies.Any(Name.StartsWith) => InstructionClass.Multiply,
        // A broadcast out of memory is done by the load itself.
        _ when ReadsMemory && (Name.StartsWith("vmov", StringComparison.Ordinal) || Name.Contains("broadcast", StringComparison.Ordinal)) => InstructionClass.Load,
        _ when Name.StartsWith("vmov", StringComparison.Ordinal) && WritesMemory => InstructionClass.Store,
        _ when s_shuffles.Any(Name.StartsWith) => InstructionClass.Shuffle,
        _ => InstructionClass.Add,
    };

    /// <summary>Products of 8-bit or 16-bit weights that this instruction makes; sums of neighbours by a factor of 1 are the caller's to leave out.</summary>
    public int Products
    {
        get
        {
            int bits = Operands.StartsWith("zmm", StringComparison.Ordinal) ? 512 : Operands.StartsWith("ymm", StringComparison.Ordinal) ? 256 : 128;
            return Name switch { "vpmaddubsw" or "vpdpbusd" or "vpdpbusds" => bits / 8, "vpmaddwd" or "vpdpwssd" => bits / 16, _ => 0 };
        }
    }
}
