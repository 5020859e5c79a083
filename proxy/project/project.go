package project

import (
	"io/fs"
	"path"
	"strings"
)

// Project is what is proposed for golive.yaml. Empty members were not found.
type Project struct {
	Stack   Stack
	Name    string   // of the app
	Command []string // that starts it, words
	Port    string   // where it listens; the stack's usual one when Found has no "port"
	Webhook string   // path at which it takes Anton's webhooks
	Ready   string   // path that tells whether it is ready
	Pay     string   // "POST /payouts": how it is asked to pay
	Status  string   // "GET /payouts/${reference}"
	List    string   // "GET /payouts"
	Effects string   // "GET /payouts/${reference}/ledger"
	Cancel  string   // "POST /payouts/${reference}/cancel"
	Route   string   // proxy or base_url
	Why     string   // why base_url; "" on the route proxy
	// Variables of the environment that the source reads, where they are not
	// golive's own: api_key, base_url, webhook_secret.
	Variables map[string]string
	Found     map[string]string // where something was found, "file:line", by the members' names in small letters
}

// Recognise looks at an app's folder. It reads manifests and at most 1000 source
// files, and leaves out what is installed or built.
func Recognise(tree fs.FS) Project {
	p := Project{Stack: ofFiles(tree), Route: "proxy", Variables: map[string]string{}, Found: map[string]string{}}
	files := sources(tree)
	p.Name, p.Command = p.manifest(tree, files)
	p.port(files)
	p.variables(files)
	p.routes(files)
	p.way(files)
	return p
}

// usual is where apps of a stack listen by themselves.
var usual = map[Stack]string{
	Node: "3000", Bun: "3000", Deno: "8000", Python: "8000", Ruby: "3000", PHP: "8000", Java: "8080", Go: "8080", DotNet: "5000", Rust: "8080", Unknown: "3000",
}

// manifest reads the app's name and its command from the stack's own file.
func (p *Project) manifest(tree fs.FS, files []file) (name string, command []string) {
	switch p.Stack {
	case Node, Bun:
		return node(tree, p.Stack)
	case Deno:
		return "", []string{"deno", "task", "start"}
	case Go:
		return golang(tree, files)
	case Python:
		return python(tree, files)
	case Java:
		return java(tree)
	case Ruby:
		return ruby(tree)
	case PHP:
		return php(tree)
	case DotNet:
		found, _ := fs.Glob(tree, "*.??proj")
		if len(found) == 0 {
			return "", []string{"dotnet", "run"}
		}
		return strings.TrimSuffix(found[0], path.Ext(found[0])), []string{"dotnet", "run", "--no-launch-profile"}
	case Rust:
		return quoted(tree, "Cargo.toml", `(?m)^name\s*=\s*"([^"]+)"`), []string{"cargo", "run", "--quiet"}
	}
	return "", nil
}
