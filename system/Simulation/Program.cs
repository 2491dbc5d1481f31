using System.CommandLine;
using Souk.Simulation;
using Souk.Simulation.PlantedBugs;

// dotnet run -c Release --project system/Simulation -- --seed 123
var seed = new Option<ulong?>("--seed") { Description = "The seed to run, or the first of them." };
var seeds = new Option<int?>("--seeds") { Description = "How many seeds to run; without it the one seed is replayed." };
var minutes = new Option<double?>("--minutes") { Description = "Go on for so long instead of so many." };
var checkouts = new Option<int?>("--checkouts") { Description = "Shoppers in each run. Default: drawn, up to 60." };
var everyFault = new Option<bool>("--every-fault") { Description = "Every kind of fault in every run, instead of a mix drawn for each." };
var noFaults = new Option<bool>("--no-faults") { Description = "A world in which nothing goes wrong." };
var twice = new Option<bool>("--twice") { Description = "Run each seed twice, and compare the traces." };
var keep = new Option<string?>("--keep") { Description = "Leave the databases of a replay in this folder." };
var jobs = new Option<int>("--jobs") { Description = "So many worlds side by side, each on a thread of its own. Default: 1.", DefaultValueFactory = _ => 1 };

var command = new RootCommand("The whole store in one thread, from one seed: every crash, every lost answer, the same every time.")
{
    seed, seeds, minutes, checkouts, everyFault, noFaults, twice, keep, jobs,
};
var pairs = new Option<bool>("--pairs") { Description = "All pairs of points of each story as well." };
var only = new Option<string>("--only") { Description = "Only the single points whose text holds this.", DefaultValueFactory = _ => "" };
var matrix = new Command("matrix", "Every call × fail before, fail after delivery, crash after the answer; every commit × crash before, crash after.") { pairs, only, jobs };
matrix.SetAction(parsed => new MatrixRun(parsed.GetValue(jobs), Console.Out).Run(parsed.GetValue(pairs), parsed.GetValue(only)!));
command.Subcommands.Add(matrix);
var bug = new Option<string>("--only") { Description = "Only the bugs whose name holds this.", DefaultValueFactory = _ => "" };
var bugs = new Command("bugs", "Plants one bug after the other and looks whether it is caught: by what, at which seed, after how long.") { bug };
bugs.SetAction(parsed => BugHunt.HuntAll(Console.Out, parsed.GetValue(bug)!));
command.Subcommands.Add(bugs);
command.SetAction((parsed, cancellation) =>
{
    var first = parsed.GetValue(seed) ?? 1;
    var like = new Plan(first, parsed.GetValue(checkouts), !parsed.GetValue(noFaults), parsed.GetValue(everyFault), Keep: parsed.GetValue(keep));
    var (count, length) = (parsed.GetValue(seeds), parsed.GetValue(minutes));
    var campaign = new Campaign(like, parsed.GetValue(twice), parsed.GetValue(jobs), Console.Out);
    return Task.FromResult(count is null && length is null
        ? campaign.Replay()
        : campaign.Run(count, length is { } most ? TimeSpan.FromMinutes(most) : null, cancellation));
});
return await command.Parse(args).InvokeAsync();
