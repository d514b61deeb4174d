#:project ../src/Poise.Core/Poise.Core.csproj

// Lines of standard input, those that are nearest in meaning to a text first.
using Microsoft.Extensions.AI;
using Poise.Core.Client;
using Poise.Core.Library;
using Poise.Tensors;

if (args.Length != 2)
{
    Console.Error.WriteLine("Usage: dotnet run samples/embeddings.cs -- MODEL TEXT < lines.txt");
    return 2;
}

try
{
    using LocalModel model = LocalModel.Open(args[0]);
    // An embedding model states how its vectors are made; of other models the mean of the states is a rough one.
    using var generator = new PoiseEmbeddingGenerator(model, model.Package.Pooling ?? EmbeddingPooling.Mean);
    string[] lines = Console.In.ReadToEnd().Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    GeneratedEmbeddings<Embedding<float>> vectors = await generator.GenerateAsync([args[1], .. lines]);
    // Vectors have length 1, so that their product is the cosine of the angle between them.
    float Likeness(int line) => vectors[0].Vector.ToArray().Zip(vectors[line + 1].Vector.ToArray(), (a, b) => a * b).Sum();
    foreach ((float likeness, string line) in lines.Select((line, i) => (Likeness(i), line)).OrderByDescending(pair => pair.Item1))
        Console.WriteLine($"{likeness:0.000} {line}");
    return 0;
}
catch (PoiseException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
