using System.CommandLine;
using Souk.Bench;

// dotnet run -c Release --project bench -- hop | start | shop | checkout | tokens | signin
var rounds = new Option<int>("--rounds") { Description = "Rounds of A B.", DefaultValueFactory = _ => 5 };
var seconds = new Option<int>("--seconds") { Description = "Length of one measurement.", DefaultValueFactory = _ => 3 };

var hop = new Command("hop", "CPU per call: bare Kestrel and HttpClient beside a hop over the platform.") { rounds, seconds };
hop.SetAction((parsed, cancellation) =>
    Hop.RunAsync(parsed.GetValue(rounds), TimeSpan.FromSeconds(parsed.GetValue(seconds)), cancellation));

var start = new Command("start", "Cold start and idle memory: every service beside a bare minimal API.") { rounds };
start.SetAction((parsed, cancellation) => Start.RunAsync(parsed.GetValue(rounds), cancellation));

var shop = new Command("shop", "Product page and cart write of a running store, 1 and 16 callers.") { rounds, seconds };
shop.SetAction((parsed, cancellation) =>
    Shop.RunAsync(parsed.GetValue(rounds), TimeSpan.FromSeconds(parsed.GetValue(seconds)), cancellation));

var checkout = new Command("checkout", "CPU and time of a durable checkout of a running store, beside three bare services.") { rounds, seconds };
checkout.SetAction((parsed, cancellation) =>
    Checkout.RunAsync(parsed.GetValue(rounds), TimeSpan.FromSeconds(parsed.GetValue(seconds)), cancellation));

var tokens = new Command("tokens", "CPU of checking a user's token and a service's identity, for each request.") { rounds, seconds };
tokens.SetAction((parsed, cancellation) =>
    Tokens.RunAsync(parsed.GetValue(rounds), TimeSpan.FromSeconds(parsed.GetValue(seconds)), cancellation));

var store = new Option<string>("--store") { Description = "The running store.", DefaultValueFactory = _ => "http://localhost:8080" };
var signIn = new Command("signin", "Sign-ins a second of a running store, at the required hash strength.") { store };
signIn.SetAction((parsed, cancellation) => SignIn.RunAsync(new Uri(parsed.GetValue(store)!), cancellation));

// What the benchmarks start as processes of their own.
var kind = new Argument<string>("kind");
var serve = new Command("serve", "Serves for a benchmark.") { kind };
serve.Hidden = true;
serve.SetAction((parsed, cancellation) => Callee.RunAsync(parsed.GetValue(kind)!, cancellation));

return await new RootCommand("Souk's benchmarks; results go to bench/results.") { hop, start, shop, checkout, tokens, signIn, serve }.Parse(args).InvokeAsync();
