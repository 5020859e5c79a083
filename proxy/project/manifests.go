package project

import (
	"encoding/json"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// read is a file of the tree; empty when it is not there.
func read(tree fs.FS, name string) string {
	data, _ := fs.ReadFile(tree, name)
	return string(data)
}

// quoted is the first group of a pattern in a file; "" when it does not match.
func quoted(tree fs.FS, name, pattern string) string {
	m := regexp.MustCompile(pattern).FindStringSubmatch(read(tree, name))
	if m == nil {
		return ""
	}
	return m[1]
}

// node takes the start script apart where it is one command, so that npm does
// not stand between golive and the app.
func node(tree fs.FS, s Stack) (name string, command []string) {
	var manifest struct {
		Name, Main string
		Scripts    struct{ Start string }
	}
	_ = json.Unmarshal([]byte(read(tree, "package.json")), &manifest) // what is not JSON names nothing
	runtime := "node"
	if s == Bun {
		runtime = "bun"
	}
	start := manifest.Scripts.Start
	switch {
	case start != "" && !strings.ContainsAny(start, `&|;<>$"'=`) && (strings.HasPrefix(start, "node ") || strings.HasPrefix(start, "bun ")):
		return manifest.Name, strings.Fields(start)
	case start != "" && s == Bun:
		return manifest.Name, []string{"bun", "run", "start"}
	case start != "":
		return manifest.Name, []string{"npm", "start"}
	case manifest.Main != "":
		return manifest.Name, []string{runtime, manifest.Main}
	}
	for _, entry := range []string{"server.js", "app.js", "index.js", "server.mjs", "index.mjs", "src/server.js", "src/index.js", "server.ts", "index.ts"} {
		if has(tree, entry) {
			return manifest.Name, []string{runtime, entry}
		}
	}
	return manifest.Name, nil
}

// golang finds the main package that is nearest to the top.
func golang(tree fs.FS, files []file) (name string, command []string) {
	module := quoted(tree, "go.mod", `(?m)^module\s+"?([^\s"]+)`)
	best := ""
	for _, f := range files {
		folder := path.Dir(f.name)
		if path.Ext(f.name) != ".go" || strings.HasSuffix(f.name, "_test.go") || !isMain.MatchString(f.text) {
			continue
		}
		if best == "" || strings.Count(folder, "/") < strings.Count(best, "/") || folder == "." {
			best = folder
		}
	}
	switch best {
	case "":
		return path.Base(module), nil
	case ".":
		return path.Base(module), []string{"go", "run", "."}
	}
	return path.Base(module), []string{"go", "run", "./" + best}
}

var isMain = regexp.MustCompile(`(?m)^package main$`)

// python knows the servers of the common frameworks by the source.
func python(tree fs.FS, files []file) (name string, command []string) {
	name = quoted(tree, "pyproject.toml", `(?m)^name\s*=\s*["']([^"']+)["']`)
	if has(tree, "manage.py") {
		return name, []string{"python3", "manage.py", "runserver", "--noreload", "127.0.0.1:${port}"}
	}
	for _, f := range files {
		module := strings.ReplaceAll(strings.TrimSuffix(f.name, ".py"), "/", ".")
		if m := asgi.FindStringSubmatch(f.text); m != nil && path.Ext(f.name) == ".py" {
			return name, []string{"python3", "-m", "uvicorn", module + ":" + m[1], "--port", "${port}"}
		}
		if m := wsgi.FindStringSubmatch(f.text); m != nil && path.Ext(f.name) == ".py" && !strings.Contains(f.text, ".run(") {
			return name, []string{"python3", "-m", "flask", "--app", module, "run", "--port", "${port}"}
		}
	}
	for _, entry := range []string{"server.py", "app.py", "main.py", "src/main.py", "src/app.py"} {
		if has(tree, entry) {
			return name, []string{"python3", entry}
		}
	}
	return name, nil
}

var (
	asgi = regexp.MustCompile(`(?m)^(\w+)\s*=\s*(?:FastAPI|Starlette|Litestar)\(`)
	wsgi = regexp.MustCompile(`(?m)^(\w+)\s*=\s*Flask\(`)
)

func java(tree fs.FS) (name string, command []string) {
	if has(tree, "pom.xml") {
		name = quoted(tree, "pom.xml", `(?s)</parent>.*?<artifactId>([^<]+)</artifactId>`)
		if name == "" {
			name = quoted(tree, "pom.xml", `<artifactId>([^<]+)</artifactId>`)
		}
		goal := "exec:java"
		if strings.Contains(read(tree, "pom.xml"), "spring-boot") {
			goal = "spring-boot:run"
		}
		return name, []string{wrapper(tree, "mvnw", "mvn"), "-q", goal}
	}
	task := "run"
	if strings.Contains(read(tree, "build.gradle")+read(tree, "build.gradle.kts"), "org.springframework.boot") {
		task = "bootRun"
	}
	name = quoted(tree, "settings.gradle", `rootProject\.name\s*=\s*["']([^"']+)`)
	return name, []string{wrapper(tree, "gradlew", "gradle"), "-q", task}
}

func wrapper(tree fs.FS, own, otherwise string) string {
	if has(tree, own) {
		return "./" + own
	}
	return otherwise
}

func ruby(tree fs.FS) (name string, command []string) {
	switch {
	case has(tree, "config/application.rb"):
		return quoted(tree, "config/application.rb", `(?m)^module\s+(\w+)`), []string{"bundle", "exec", "rails", "server", "-b", "127.0.0.1", "-p", "${port}"}
	case has(tree, "config.ru"):
		return "", []string{"bundle", "exec", "rackup", "-o", "127.0.0.1", "-p", "${port}"}
	}
	for _, entry := range []string{"app.rb", "server.rb", "main.rb"} {
		if has(tree, entry) {
			if !has(tree, "Gemfile") {
				return "", []string{"ruby", entry}
			}
			return "", []string{"bundle", "exec", "ruby", entry}
		}
	}
	return "", nil
}

func php(tree fs.FS) (name string, command []string) {
	name = path.Base(quoted(tree, "composer.json", `"name"\s*:\s*"([^"]+)"`))
	if name == "." {
		name = ""
	}
	if has(tree, "artisan") {
		return name, []string{"php", "artisan", "serve", "--no-reload", "--port=${port}"}
	}
	if has(tree, "public/index.php") {
		return name, []string{"php", "-S", "127.0.0.1:${port}", "-t", "public"}
	}
	return name, []string{"php", "-S", "127.0.0.1:${port}"}
}
