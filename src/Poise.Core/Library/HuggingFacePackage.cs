using Poise.Core.Models;
using Poise.Core.Tokenizers;
using Poise.Tensors.Formats;

namespace Poise.Core.Library;

/// <summary>A folder as transformers writes it: config.json, safetensors, tokenizer files.</summary>
sealed class HuggingFacePackage : ModelPackage
{
    readonly JsonConfig _json;
    readonly FolderFiles _files;

    HuggingFacePackage(string folder, JsonConfig json, Architecture architecture, ModelConfig config, Checkpoint checkpoint)
        : base(folder, architecture, config, checkpoint)
    {
        _json = json;
        _files = new FolderFiles(folder);
    }

    public static HuggingFacePackage OpenFolder(string folder, JsonConfig json)
    {
        Architecture architecture = Architectures.FromHuggingFace(json);
        SafetensorsFolder checkpoint = SafetensorsFolder.Open(folder);
        try
        {
            return new HuggingFacePackage(folder, json, architecture, architecture.FromHuggingFace(json, checkpoint), checkpoint);
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    public override string Layout => "Hugging Face";

    public override string? Name => _files.Name;

    public override string? Licence => _files.FindLicence();

    public override ChatTemplateSource? ChatTemplateSource => ChatTemplateSource.FromFolder(_files);

    // The folder of sentence-transformers.
    public override EmbeddingPooling? Pooling
    {
        get
        {
            if (_files.Find("1_Pooling/config.json") is not { } pooling) return null;
            if (pooling.FindBool("pooling_mode_lasttoken") == true) return EmbeddingPooling.Last;
            if (pooling.FindBool("pooling_mode_mean_tokens") == true) return EmbeddingPooling.Mean;
            return pooling.FindBool("pooling_mode_cls_token") == true ? EmbeddingPooling.First : null;
        }
    }

    internal override bool IsTied => _json.FindBool("tie_word_embeddings") ?? false;

    private protected override string NamesLayout => ModelLayout.HuggingFace;

    private protected override Tokenizer LoadTokenizer() => TokenizerLoader.Open(Path);

    private protected override GenerationDefaults FindDefaults() => _files.FindDefaults();

    private protected override IEnumerable<int> FindStopIds()
    {
        foreach (int id in FolderFiles.EndIds(_json)) yield return id;
        // This file may list more than config.json does.
        if (_files.Find("generation_config.json") is { } generation)
            foreach (int id in FolderFiles.EndIds(generation)) yield return id;
        if (!_files.HasTokenizer) yield break;
        foreach (int id in Tokenizer.StopIds) yield return id;
        // The first configurations of Llama 3 name only <|end_of_text|>, but its chats end in <|eot_id|>; likewise the others.
        string? ending = Config switch { LlamaConfig => "<|eot_id|>", Gemma2Config => "<end_of_turn>", Qwen3MoeConfig => "<|im_end|>", _ => null };
        if (ending is not null && Tokenizer.FindId(ending) is { } endOfTurn) yield return endOfTurn;
    }
}
