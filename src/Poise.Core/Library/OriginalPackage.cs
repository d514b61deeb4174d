using Poise.Core.Models;
using Poise.Core.Tokenizers;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Library;

/// <summary>gpt-oss as OpenAI lays it out: its own keys and tensor names, and no tokenizer, which every copy shares.</summary>
sealed class OriginalPackage : ModelPackage
{
    const int HarmonyVocabulary = 201088;

    /// <summary>&lt;|endoftext|&gt;, &lt;|return|&gt;, &lt;|call|&gt; of o200k_harmony.</summary>
    static readonly int[] s_harmonyEndings = [199999, 200002, 200012];

    readonly FolderFiles _files;

    OriginalPackage(string folder, Architecture architecture, ModelConfig config, Checkpoint checkpoint)
        : base(folder, architecture, config, checkpoint) => _files = new FolderFiles(folder);

    public static OriginalPackage OpenFolder(string folder, JsonConfig json)
    {
        Architecture architecture = Architectures.Get(GptOssConfig.Name);
        GptOssConfig config = GptOssConfig.FromOriginal(json);
        return new OriginalPackage(folder, architecture, config, SafetensorsFolder.Open(folder));
    }

    public override string Layout => "OpenAI original";

    public override string? Name => _files.Name;

    public override string? Licence => _files.FindLicence();

    public override ChatTemplateSource? ChatTemplateSource => ChatTemplateSource.FromFolder(_files);

    private protected override string NamesLayout => ModelLayout.Original;

    private protected override Tokenizer LoadTokenizer() => TokenizerLoader.Open(TokenizerFolder ??
        throw new PoiseException($"{Path} brings no tokenizer: copy tokenizer.json of the same model into this folder."));

    private protected override GenerationDefaults FindDefaults() => _files.FindDefaults();

    private protected override IEnumerable<int> FindStopIds()
    {
        IEnumerable<int> ids = Config.VocabularySize == HarmonyVocabulary ? s_harmonyEndings : [];
        return TokenizerFolder is null ? ids : ids.Concat(Tokenizer.StopIds);
    }

    /// <summary>This folder, or the one above it, where the published repository has its tokenizer.</summary>
    internal override string? TokenizerFolder
    {
        get
        {
            if (_files.HasTokenizer) return Path;
            string full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(Path));
            return System.IO.Path.GetFileName(full) == "original" && System.IO.Path.GetDirectoryName(full) is { } above && new FolderFiles(above).HasTokenizer ? above : null;
        }
    }
}
