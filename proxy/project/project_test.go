package project_test

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"

	"github.com/anton-payments/golive/proxy/config"
	"github.com/anton-payments/golive/proxy/project"
)

var update = flag.Bool("update", false, "write the golive.yaml of each project anew")

// Each file of testdata is a project, and the golive.yaml that is proposed for it.
func TestProjects(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) < 15 {
		t.Fatalf("%d projects, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			a.Files = slices.DeleteFunc(a.Files, func(f txtar.File) bool { return f.Name == "golive.yaml" && *update })
			tree, want := fstest.MapFS{}, []byte(nil)
			for _, f := range a.Files {
				if f.Name == "golive.yaml" {
					want = f.Data
					continue
				}
				tree[f.Name] = &fstest.MapFile{Data: f.Data, Mode: 0o644}
			}
			got := project.Recognise(tree).YAML()
			if _, err := config.Parse("golive.yaml", got); err != nil {
				t.Error(err)
			}
			if *update {
				a.Files = append(a.Files, txtar.File{Name: "golive.yaml", Data: got})
				if err := os.WriteFile(path, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if !bytes.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// The merchants that golive brings along are recognised as they are.
func TestMerchants(t *testing.T) {
	for folder, want := range map[string][]string{
		"node":   {"Node", "server.js", "3000", "/webhooks/anton", "/health", "POST /payouts", "proxy"},
		"go":     {"", "", "3000", "/webhooks/anton", "/health", "POST /payouts", "proxy"},
		"python": {"Python", "", "3000", "/webhooks/anton", "/health", "POST /payouts", "proxy"},
	} {
		tree := os.DirFS("../../fixtures/merchants/" + folder)
		if _, err := fs.Stat(tree, "."); err != nil {
			continue
		}
		p := project.Recognise(tree)
		command := ""
		if len(p.Command) > 0 {
			command = p.Command[len(p.Command)-1]
		}
		got := []string{string(p.Stack), command, p.Port, p.Webhook, p.Ready, p.Pay, p.Route}
		for i := range want {
			if want[i] != "" && got[i] != want[i] {
				t.Errorf("%s: got %q, want %q", folder, got, want)
			}
		}
		if _, err := config.Parse("golive.yaml", p.YAML()); err != nil {
			t.Errorf("%s: %v", folder, err)
		}
	}
}

func TestStackOf(t *testing.T) {
	empty, gems := fstest.MapFS{}, fstest.MapFS{"Gemfile": {}}
	for _, test := range []struct {
		command string
		tree    fs.FS
		want    project.Stack
	}{
		{"node server.js", empty, project.Node},
		{"/usr/local/bin/python3 app.py", gems, project.Python},
		{"env -u HTTPS_PROXY node server.js", empty, project.Node},
		{"sh -c exec java -jar app.jar", empty, project.Java},
		{"./gradlew bootRun", empty, project.Java},
		{"./start.sh", gems, project.Ruby},
		{"./start.sh", empty, project.Unknown},
		{"", gems, project.Ruby},
	} {
		if got := project.StackOf(strings.Fields(test.command), test.tree); got != test.want {
			t.Errorf("%q: %q, want %q", test.command, got, test.want)
		}
	}
}

// Whatever stands in a project's files, what is written is a golive.yaml.
func FuzzRecognise(f *testing.F) {
	f.Add("package.json", `{"name": "x: [\"#", "scripts": {"start": "node a b"}}`, "app.js", `app.post("/pay:{}#", 0); PORT || 99999; '/hooks #: ["'`)
	f.Add("go.mod", "module \"", "main.go", "package main\n\"POST /payouts/\\\"\"")
	f.Fuzz(func(t *testing.T, manifest, content, name, source string) {
		if !fs.ValidPath(manifest) || !fs.ValidPath(name) {
			t.Skip()
		}
		tree := fstest.MapFS{manifest: {Data: []byte(content)}, name: {Data: []byte(source)}}
		text := project.Recognise(tree).YAML()
		if _, err := config.Parse("golive.yaml", text); err != nil {
			t.Errorf("%v\n%s", err, text)
		}
	})
}
