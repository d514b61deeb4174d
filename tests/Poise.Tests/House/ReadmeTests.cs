using System.Text;
using Poise.Cli.Verbs;

namespace Poise.Tests.House;

/// <summary>What README.md says about the tree is what is there. POISE_UPDATE_DOCS=1 rewrites it.</summary>
public sealed class ReadmeTests
{
    const string Begin = "<!-- tree: generated -->";
    const string End = "<!-- /tree -->";

    /// <summary>A word on each folder that the tree shows; a new folder needs a new row.</summary>
    static readonly Dictionary<string, string> s_words = new()
    {
        [".ci"] = "the script that builds and tests everything",
        ["bench"] = "measurements of parts; `poise bench` measures whole models",
        ["bench/Poise.Benchmarks"] = "kernels against the machine's limits, models beside llama.cpp",
        ["bench/peer"] = "llama.cpp by its Node package, measured the same way",
        ["bench/results"] = "limits and kernels, one file a processor",
        ["docs"] = "architecture, command line, decisions",
        ["recipes"] = "training runs, one YAML file each, and what may stand in one",
        ["recipes/nano"] = "nano, the model that comes with Poise, and everything that it follows from",
        ["recipes/data"] = "examples for the walk-through of docs/finetuning.md",
        ["samples"] = "C# programs of less than 40 lines, for `dotnet run`",
        ["src"] = "the product",
        ["src/Poise.Assembler"] = "kernels in machine code for instructions that .NET has no class for",
        ["src/Poise.Cli"] = "the executable `poise`",
        ["src/Poise.Cli/Chat"] = "conversations: loop, commands, files, views",
        ["src/Poise.Cli/Host"] = "parsing, exit codes, interruption",
        ["src/Poise.Cli/Input"] = "JSON lines",
        ["src/Poise.Cli/Measuring"] = "speed of a model: plan, rounds, report",
        ["src/Poise.Cli/Output"] = "tables, progress, safe text",
        ["src/Poise.Cli/Terminal"] = "line editor, Markdown, live screen",
        ["src/Poise.Cli/Training"] = "fine-tuning shown: data with loss in colour, forecasts, progress",
        ["src/Poise.Cli/Verbs"] = "one file a verb",
        ["src/Poise.Core"] = "models, tokenizers, generation; no unsafe code",
        ["src/Poise.Core/Adapters"] = "LoRA adapters: read, merged, written, applied",
        ["src/Poise.Core/Chat"] = "messages, chat templates, and one dialect a model family",
        ["src/Poise.Core/Client"] = "a model in process as Microsoft.Extensions.AI knows it",
        ["src/Poise.Core/Training"] = "parameters, gradients, optimisers, data, runs that repeat to the bit",
        ["src/Poise.Core/Engine"] = "one model for many sequences at once",
        ["src/Poise.Core/Generation"] = "how a token is chosen",
        ["src/Poise.Core/Layers"] = "what models are built of",
        ["src/Poise.Core/Library"] = "models on disk: layouts, configuration, synthetic models",
        ["src/Poise.Core/Models"] = "one file an architecture",
        ["src/Poise.Core/Nano"] = "the corpus and the tests of nano, the model that comes with Poise",
        ["src/Poise.Core/Pretraining"] = "models from nothing: corpus, tokenizer, first weights, runs, artefact",
        ["src/Poise.Core/Tokenizers"] = "text to ids and back: data and three algorithms",
        ["src/Poise.Tensors"] = "files, formats and arithmetic; knows no model and no text",
        ["src/Poise.Tensors/Cache"] = "the KV cache: pages that sequences share",
        ["src/Poise.Tensors/Formats"] = "GGUF and safetensors, read and written",
        ["src/Poise.Tensors/Kernels"] = "each operation: reference and vector versions, equal to the bit",
        ["src/Poise.Tensors/Matrices"] = "weight matrices: packed, mapped or plain floats",
        ["src/Poise.Tensors/Threading"] = "the thread pool of the hot path",
        ["src/Poise.Tensors/Quantization"] = "one file a block format",
        ["tests"] = "all tests",
        ["tests/Poise.Tests"] = "mirrors the folders of src",
        ["tests/golden"] = "numbers computed by other implementations",
    };

    [Fact]
    public void TheTreeIsTheRealTree()
    {
        string readme = SourceTree.Read("README.md");
        int from = readme.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, to = readme.IndexOf(End, StringComparison.Ordinal);
        Assert.True(from > Begin.Length && to > from, $"README.md needs the markers {Begin} and {End}");
        string expected = $"\n```text\n{DrawTree()}```\n";
        if (SourceTree.Update) File.WriteAllText(Path.Combine(SourceTree.Root, "README.md"), readme[..from] + expected + readme[to..]);
        else Assert.Equal(expected, readme[from..to]);
    }

    [Fact]
    public void ReadmeOffersTwoCommandsFirst()
    {
        IReadOnlyList<string> commands = Snippets.Commands("README.md");
        Assert.StartsWith("dotnet run -c Release --project src/Poise.Cli -- run ", commands[0], StringComparison.Ordinal);
        Assert.Equal("dotnet test -c Release", commands[1]);
        Assert.Contains(commands[1], SourceTree.Read(".ci/run"), StringComparison.Ordinal);
    }

    [Fact]
    public void EveryVerbHasARow()
    {
        string readme = SourceTree.Read("README.md");
        Assert.All(VerbTable.All, verb => Assert.Matches($@"(?m)^\| `{verb.Name}` \| [^|]+ \| `[^`]*poise {verb.Name} [^`]+` \|$", readme));
    }

    [Fact]
    public void LinksLeadSomewhere()
    {
        var broken =
            from file in Snippets.Documents
            from target in Snippets.Links(file)
            where !target.Contains("://", StringComparison.Ordinal)
            let path = Path.Combine(SourceTree.Root, Path.GetDirectoryName(file)!, target.Split('#')[0])
            where !Path.Exists(path)
            select $"{file}: {target}";
        Assert.Empty(broken);
    }

    static string DrawTree()
    {
        var tree = new StringBuilder();
        foreach (string folder in Folders())
        {
            Assert.True(s_words.TryGetValue(folder, out string? words), $"the folder {folder} has no row in {nameof(ReadmeTests)}");
            string name = new string(' ', 2 * folder.Count(c => c == '/')) + Path.GetFileName(folder) + "/";
            tree.Append(name.PadRight(24)).Append(words).Append('\n');
        }
        return tree.ToString();
    }

    /// <summary>Top folders, their children, and one level more below src; the insides of tests are the mirror of src.</summary>
    static IEnumerable<string> Folders()
    {
        var folders = new SortedSet<string>(StringComparer.Ordinal);
        foreach (string file in SourceTree.Files)
        {
            string[] parts = file.Split('/')[..^1];
            int depth = parts.Length > 0 && parts[0] == "src" ? 3 : 2;
            for (int n = 1; n <= Math.Min(parts.Length, depth); n++) folders.Add(string.Join('/', parts[..n]));
        }
        return folders;
    }
}
