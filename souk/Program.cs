using System.CommandLine;
using System.CommandLine.Invocation;
using Souk.Launcher;
using Souk.Launcher.Audits;
using Souk.Launcher.Control;
using Souk.Launcher.Doctor;
using Souk.Launcher.Import;
using Souk.Launcher.Processes;
using Souk.Launcher.Shop;
using Souk.Launcher.Staff;
using Souk.Launcher.Up;

var clock = TimeProvider.System;

var data = new Option<string>("--data") { Description = "Where the store keeps everything", DefaultValueFactory = _ => ".souk", HelpName = "DIR", Recursive = true };
var port = new Option<int>("--port") { Description = "The shop and the API; 0 takes a free one", DefaultValueFactory = _ => 8080, HelpName = "PORT" };
var consolePort = new Option<int>("--console-port") { Description = "The operators' console (kept for a later release)", DefaultValueFactory = _ => 8081, HelpName = "PORT" };
var providerPort = new Option<int>("--provider-port") { Description = "The payment provider's sandbox, where cards are entered", DefaultValueFactory = _ => 8082, HelpName = "PORT" };
var postgres = new Option<string?>("--postgres") { Description = "Keep the databases on this PostgreSQL server instead of in files; also in " + Databases.ServerVariable, DefaultValueFactory = _ => Environment.GetEnvironmentVariable(Databases.ServerVariable), HelpName = "CONNECTION" };
var json = new Option<bool>("--json") { Description = "An array with one object per replica" };
var yes = new Option<bool>("--yes") { Description = "Do not ask" };
var file = new Argument<string>("FILE") { Description = "A product CSV as Shopify exports it" };
var store = new Option<string?>("--store") { Description = "A store that runs elsewhere; the one on --data by itself", HelpName = "URL" };
var rate = new Option<double>("--rate") { Description = "Shoppers who arrive a second, whether those before are served or not", DefaultValueFactory = _ => 10, HelpName = "R" };
var length = new Option<string?>("--for") { Description = "How long they arrive: 30s, 5m, 1h", HelpName = "T" };
var callers = new Option<int>("--callers") { Description = "Instead of --rate: so many, one after the other each", HelpName = "C" };
var checkouts = new Option<long?>("--checkouts") { Description = "Ends after so many checkouts", HelpName = "N" };
var seed = new Option<int>("--seed") { Description = "The same seed, the same shoppers", DefaultValueFactory = _ => 1, HelpName = "N" };
var mix = new Option<string?>("--mix") { Description = "What they come for: browse=45,search=15,cart=10,buy=26,cancel=2,return=2", HelpName = "W" };
var cards = new Option<string?>("--cards") { Description = "What they pay with: success=90,declined=3,insufficient_funds=1,3ds=3,timeout_after=2,timeout_before=1", HelpName = "W" };
var accounts = new Option<int>("--accounts") { Description = "So many register first, and sign in to buy; the others are guests", HelpName = "N" };
var api = new Option<bool>("--api") { Description = "They look at the API instead of the pages" };
var told = new Option<string?>("--record") { Description = "Writes every answer about carts and orders there, as JSON lines", HelpName = "FILE" };
var figures = new Option<bool>("--json") { Description = "The figures as one object" };

var record = new Option<string?>("--record") { Description = "What clients were told, as a load generator wrote it: JSON, one answer a line", HelpName = "FILE" };
var auditJson = new Option<bool>("--json") { Description = "The report as one object" };
var waitQuiet = new Option<int>("--wait-quiet") { Description = "Wait so long until nothing moves any more; what still does is stuck", HelpName = "SECONDS" };

var up = new Command("up", "Build what is missing and open the store (this is what souk does by itself)") { port, consolePort, providerPort, postgres };
var status = new Command("status", "What runs, one line per replica") { json };
var import = new Command("import", "Put a product CSV on the shelves of the running store") { file };
var audit = new Command("audit", "Compute from the databases whether the store was ever wrong: exit code 0 no, 1 yes, 2 unknown") { record, auditJson, waitQuiet };
var shop = new Command("shop", "Let shoppers at the running store, and tell what they have seen") { store, rate, length, callers, checkouts, seed, mix, cards, accounts, api, told, figures };
var email = new Argument<string>("EMAIL") { Description = "The address of an account that has registered and confirmed it" };
var staffAdd = new Command("add", "Make an account one of the staff: the first of them, who can make the others") { email };
var staff = new Command("staff", "Who works in the back office") { staffAdd };
var doctor = new Command("doctor", "Look for what may be missing on this machine") { port, consolePort, providerPort };
var reset = new Command("reset", "Remove the store's data") { yes };
var root = new RootCommand("Souk: an online store of small, independent services.") { data, port, consolePort, providerPort, postgres, up, status, import, audit, shop, staff, doctor, reset };

root.SetAction((options, _) => Up(options));
up.SetAction((options, _) => Up(options));
status.SetAction((options, stop) => new StatusCommand(Folder(options)).RunAsync(options.GetValue(json), stop));
import.SetAction((options, stop) => new ImportCommand(Folder(options), clock).RunAsync(options.GetValue(file)!, stop));
audit.SetAction((options, stop) => new AuditCommand(Folder(options), clock).RunAsync(
    options.GetValue(record), options.GetValue(auditJson), TimeSpan.FromSeconds(options.GetValue(waitQuiet)), stop));
shop.SetAction((options, stop) => new ShopCommand(Folder(options), clock).RunAsync(new ShopWish(
    options.GetValue(store), options.GetValue(rate), options.GetValue(length), options.GetValue(callers), options.GetValue(checkouts),
    options.GetValue(seed), options.GetValue(mix), options.GetValue(cards), options.GetValue(accounts), options.GetValue(api), options.GetValue(told), options.GetValue(figures)), stop));
staffAdd.SetAction((options, stop) => new StaffCommand(Folder(options), clock).AddAsync(options.GetValue(email)!, stop));
doctor.SetAction((options, stop) => new DoctorCommand(Folder(options), PortsOf(options), clock).RunAsync(stop));
reset.SetAction(options => new Reset(Folder(options)).Run(options.GetValue(yes)));

var words = root.Parse(args);
try
{
    if (words.Action is ParseErrorAction)
        throw new Trouble(words.Errors[0].Message, "See souk --help.");
    // Signals are the commands' own: `up` drains on them.
    return await words.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
}
catch (OperationCanceledException)
{
    return 130;
}
catch (Exception error)
{
    var folder = Folder(words);
    var trouble = Trouble.From(error, folder.Root) ?? Trouble.Bug(error, folder.Log("souk"));
    Console.Error.WriteLine($"souk: {trouble.Message} {trouble.Todo}");
    return 1;
}

Task<int> Up(ParseResult options) => new UpCommand(Folder(options), PortsOf(options), options.GetValue(postgres), clock).RunAsync();

UpPorts PortsOf(ParseResult options) => new(Port(options, port), Port(options, consolePort), Port(options, providerPort));

DataFolder Folder(ParseResult options) => new(options.GetValue(data)!);

static int Port(ParseResult options, Option<int> option) => options.GetValue(option) is >= 0 and <= 65535 and var number
    ? number : throw new Trouble($"{option.Name} {options.GetValue(option)} is no port.", "Ports go from 1 to 65535.");
