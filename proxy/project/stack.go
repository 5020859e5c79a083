// Package project recognises an app by its files: what it is written in, how it
// is started, where it listens, and by which routes it can be made to act. What
// it finds is a proposal, for a person to look at.
package project

import (
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Stack is what an app is written in, as a person calls it.
type Stack string

// The stacks that golive knows the ways of.
const (
	Unknown Stack = ""
	Node    Stack = "Node"
	Bun     Stack = "Bun"
	Deno    Stack = "Deno"
	Python  Stack = "Python"
	Ruby    Stack = "Ruby"
	PHP     Stack = "PHP"
	Java    Stack = "Java"
	Go      Stack = "Go"
	DotNet  Stack = ".NET"
	Rust    Stack = "Rust"
)

// programs that start an app of a stack.
var programs = map[string]Stack{
	"node": Node, "npm": Node, "npx": Node, "yarn": Node, "pnpm": Node, "tsx": Node, "bun": Bun, "deno": Deno,
	"python": Python, "python3": Python, "uvicorn": Python, "gunicorn": Python, "flask": Python, "poetry": Python, "uv": Python,
	"ruby": Ruby, "bundle": Ruby, "rails": Ruby, "rackup": Ruby, "puma": Ruby,
	"php": PHP, "php-fpm": PHP, "java": Java, "mvn": Java, "mvnw": Java, "gradle": Java, "gradlew": Java,
	"go": Go, "dotnet": DotNet, "cargo": Rust,
}

// manifests are the files by which a stack is known, the surest first.
var manifests = []struct {
	pattern string
	stack   Stack
}{
	{"bun.lock", Bun}, {"bun.lockb", Bun}, {"deno.json", Deno}, {"deno.jsonc", Deno}, {"package.json", Node},
	{"go.mod", Go}, {"pyproject.toml", Python}, {"requirements.txt", Python}, {"manage.py", Python},
	{"pom.xml", Java}, {"build.gradle", Java}, {"build.gradle.kts", Java}, {"Gemfile", Ruby}, {"composer.json", PHP},
	{"*.csproj", DotNet}, {"*.fsproj", DotNet}, {"*.sln", DotNet}, {"Cargo.toml", Rust},
	{"*.py", Python}, {"*.rb", Ruby}, {"index.php", PHP}, {"server.js", Node}, {"index.js", Node}, // no manifest at all
}

// StackOf is the stack of the first program that a command names, also behind
// env or sh -c, or else of the files in the app's folder; Unknown when neither
// tells.
func StackOf(command []string, tree fs.FS) Stack {
	for word := range strings.FieldsSeq(strings.Join(command, " ")) {
		if s, ok := programs[strings.TrimSuffix(path.Base(filepath.ToSlash(word)), ".exe")]; ok {
			return s
		}
	}
	return ofFiles(tree)
}

// agents are words in the User-Agent of the stacks' own clients.
var agents = []struct {
	word  string
	stack Stack
}{
	{"go-http-client", Go}, {"python", Python}, {"aiohttp", Python}, {"node", Node}, {"undici", Node}, {"axios", Node}, {"got (", Node},
	{"bun/", Bun}, {"deno/", Deno}, {"java", Java}, {"okhttp", Java}, {"ruby", Ruby}, {"faraday", Ruby}, {"php", PHP}, {"guzzle", PHP},
	{".net", DotNet}, {"reqwest", Rust}, {"hyper", Rust},
}

// OfAgent is the stack of a client by the words about it, such as its
// User-Agent; Unknown when they do not tell.
func OfAgent(text string) Stack {
	for _, a := range agents {
		if strings.Contains(strings.ToLower(text), a.word) {
			return a.stack
		}
	}
	return Unknown
}

func ofFiles(tree fs.FS) Stack {
	for _, m := range manifests {
		found, err := fs.Glob(tree, m.pattern)
		if err == nil && len(found) > 0 {
			return m.stack
		}
	}
	return Unknown
}

func has(tree fs.FS, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { _, err := fs.Stat(tree, name); return err == nil })
}
