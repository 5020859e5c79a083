package project

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// file is a source file of the app.
type file struct{ name, text string }

// Bounds of what is read of a tree.
const (
	mostFiles = 1000
	mostBytes = 512 << 10 // a larger file is none that a person wrote
)

var (
	installed = []string{"node_modules", "vendor", "dist", "build", "target", "bin", "obj", "venv", "env", "__pycache__", "coverage", "testdata", "test", "tests", "spec"}
	languages = []string{".js", ".mjs", ".cjs", ".ts", ".mts", ".go", ".py", ".java", ".kt", ".rb", ".ru", ".php", ".cs", ".fs", ".rs"}
	settings  = []string{".env", ".env.example", "Procfile", "Dockerfile", "application.properties", "application.yml", "application.yaml", "appsettings.json", "launchSettings.json"}
)

// sources are the app's own files, in order of their names; settings first.
func sources(tree fs.FS) (files []file) {
	_ = fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error { // what cannot be read is not looked at
		switch {
		case err != nil || len(files) >= mostFiles:
			return fs.SkipDir
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || slices.Contains(installed, d.Name())):
			return fs.SkipDir
		case d.IsDir() || !wanted(d):
			return nil
		}
		files = append(files, file{name, read(tree, name)})
		return nil
	})
	slices.SortStableFunc(files, func(a, b file) int { return rank(a.name) - rank(b.name) })
	return files
}

func wanted(d fs.DirEntry) bool {
	info, err := d.Info()
	if err != nil || !info.Mode().IsRegular() || info.Size() > mostBytes || strings.HasSuffix(d.Name(), "_test.go") {
		return false
	}
	return slices.Contains(languages, path.Ext(d.Name())) || slices.Contains(settings, d.Name())
}

func rank(name string) int {
	if slices.Contains(settings, path.Base(name)) {
		return 0
	}
	return 1
}

// at is the place of a byte in a file, "name:line".
func (f file) at(i int) string { return f.name + ":" + strconv.Itoa(1+strings.Count(f.text[:i], "\n")) }

// first is the first group of the first match of one of the patterns, the surer
// pattern first, in any of the files.
func first(files []file, patterns ...*regexp.Regexp) (value, place string) {
	for _, p := range patterns {
		for _, f := range files {
			if m := p.FindStringSubmatchIndex(f.text); m != nil {
				return f.text[m[2]:m[3]], f.at(m[2])
			}
		}
	}
	return "", ""
}

// ports, the surest first: beside the variable PORT; a framework's own setting;
// what the source listens on.
var ports = []*regexp.Regexp{
	regexp.MustCompile(`(?m)^\s*(?:export\s+)?PORT=["']?(\d{2,5})\b`),
	regexp.MustCompile(`\bPORT\b[^\n\d]{0,40}?[^\n\d\w.](\d{2,5})\b`),
	regexp.MustCompile(`(?m)^server\.port\s*=\s*(?:\$\{PORT:)?(\d{2,5})`),
	regexp.MustCompile(`(?m)^server:\s*\n\s+port:\s*(?:\$\{PORT:)?(\d{2,5})`),
	regexp.MustCompile(`(?i)\blisten(?:AndServe)?(?:TLS)?\s*\(\s*["'][^"'\n]*:(\d{2,5})["']`),
	regexp.MustCompile(`(?i)\.listen\s*\(\s*(\d{2,5})\b`),
	regexp.MustCompile(`(?i)\bport\s*[:=]+\s*["']?(\d{4,5})\b`),
	regexp.MustCompile(`(?i)\b(?:localhost|127\.0\.0\.1|0\.0\.0\.0):(\d{2,5})\b`),
}

func (p *Project) port(files []file) {
	p.Port = usual[p.Stack]
	if value, place := first(files, ports...); value != "" {
		p.Port, p.Found["port"] = value, place
	}
}

// names are how sources name the variables that golive hands over.
var names = []struct {
	variable string
	usual    string
	pattern  *regexp.Regexp
}{
	{"api_key", "ANTON_API_KEY", regexp.MustCompile(`\b([A-Z][A-Z0-9_]*ANTON[A-Z0-9_]*KEY|ANTON_?[A-Z0-9_]*(?:KEY|TOKEN))\b`)},
	{"base_url", "ANTON_BASE_URL", regexp.MustCompile(`\b((?:[A-Z][A-Z0-9_]*)?ANTON_?(?:API_)?(?:BASE_)?(?:URL|URI|ENDPOINT|BASE|HOST))\b`)},
	{"webhook_secret", "ANTON_WEBHOOK_SECRET", regexp.MustCompile(`\b((?:[A-Z][A-Z0-9_]*)?ANTON[A-Z0-9_]*SECRET)\b`)},
}

func (p *Project) variables(files []file) {
	for _, n := range names {
		value, place := first(files, n.pattern)
		if value == "" {
			continue
		}
		p.Found[n.variable] = place
		if value != n.usual {
			p.Variables[n.variable] = value
		}
	}
}

// bypasses are clients that go around a proxy and that no preload of package app
// leads back, by stack.
var bypasses = map[Stack][]struct {
	pattern *regexp.Regexp
	why     string
}{
	Bun:  {{regexp.MustCompile(`(['"](?:node:)?https['"])`), "node:https in Bun knows no proxy"}},
	Deno: {{regexp.MustCompile(`(['"]node:https['"])`), "node:https in Deno knows no proxy"}},
	Go:   {{regexp.MustCompile(`(&?http\.Transport\{\s*\})`), "a Transport without Proxy knows no proxy"}},
	Java: {{regexp.MustCompile(`(HttpClients\.createDefault\(\)|HttpClientBuilder\.create\(\)\.build\(\))`), "Apache HttpClient without useSystemProperties() knows no proxy"}},
	PHP:  {{regexp.MustCompile(`(stream_context_create\()`), "streams know no proxy variable"}},
	Rust: {{regexp.MustCompile(`(\.no_proxy\(\)|\bhyper::Client\b)`), "this client knows no proxy"}},
}

// way proposes the route: by the base URL where a client would go around the
// proxy and the source can be told where Anton is.
func (p *Project) way(files []file) {
	for _, b := range bypasses[p.Stack] {
		if _, place := first(files, b.pattern); place != "" && p.Found["base_url"] != "" {
			p.Route, p.Why = "base_url", b.why+" ("+place+")"
			return
		}
	}
}
