package source

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/anton-payments/golive/proxy/recording"
	"golang.org/x/tools/txtar"
)

// TestTrees searches the tree of every testdata/*.txtar; the member want holds
// the findings, a line each.
func TestTrees(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no trees", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			tree, want := plant(t, file)
			if tree.Name = Source; name == Public {
				tree.Name = Public
			}
			onDisk, _ := searched(t, tree)
			equal(t, onDisk, want)
			tree.FS, tree.Dir = os.DirFS(tree.Dir), ""
			inMemory, _ := searched(t, tree)
			equal(t, inMemory, want)
		})
	}
}

func equal(t *testing.T, got, want []string) {
	t.Helper()
	for _, g := range got {
		if !slices.Contains(want, g) {
			t.Errorf("false alarm: %s", g)
		}
	}
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("missed: %s", w)
		}
	}
}

// plant writes a txtar's members into a folder, all but want.
func plant(t *testing.T, file string) (tree Tree, want []string) {
	t.Helper()
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	tree.Dir = t.TempDir()
	for _, m := range a.Files {
		if m.Name == "want" {
			want = strings.Split(strings.TrimSpace(string(m.Data)), "\n")
			continue
		}
		write(t, tree.Dir, m.Name, string(m.Data))
	}
	return tree, want
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// searched gives a tree's findings, a line each, and the mark's facts.
func searched(t testing.TB, tree Tree) ([]string, map[string]string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "recording.jsonl")
	w, err := recording.Create(path, recording.NewScrub(), recording.Open{Profile: "2026-02"})
	if err != nil {
		t.Fatal(err)
	}
	if err := Search(context.Background(), tree, w); err != nil {
		t.Fatal(err)
	}
	if err := w.Close("finished"); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"Zk31bQ8yT0vLm2Xn", "5f1c9ab27e30d84b", "9c0de1f2a3b4c5d6", "q8Zk31bY"} {
		if strings.Contains(string(data), secret) {
			t.Errorf("a secret is in the recording: %s", secret)
		}
	}
	rec, err := recording.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, f := range rec.Findings {
		found = append(found, fmt.Sprintf("%s: %s %s", f.Place, f.Kind, f.Note))
	}
	return found, rec.Marks[0].Facts
}

// repository makes a git repository of a folder and commits what is in it.
func repository(t *testing.T, dir string) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git here")
	}
	run(t, dir, "init", "--quiet", "--initial-branch=main")
	commit(t, dir)
}

func commit(t *testing.T, dir string) {
	t.Helper()
	run(t, dir, "add", "--all")
	run(t, dir, "commit", "--quiet", "--allow-empty", "-m", "a step")
}

func run(t *testing.T, dir string, args ...string) string {
	t.Helper()
	c := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=n", "-c", "user.email=e@example.com", "-c", "commit.gpgSign=false"}, args...)...)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

const leak = "const key = 'ak_live_Zk31bQ8yT0vLm2Xn'\n"

// In a repository the tracked files count, .env among them where it is tracked.
func TestTrackedFilesCount(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "app/pay.js", "const a = 1\n")
	write(t, dir, ".gitignore", ".env\nscratch.js\n")
	write(t, dir, "deploy/.env", leak)
	repository(t, dir)
	run(t, dir, "add", "--force", "deploy/.env")
	write(t, dir, ".env", leak)
	write(t, dir, "scratch.js", leak)
	write(t, dir, "untracked.js", leak)
	found, facts := searched(t, Tree{Name: Source, Dir: dir})
	equal(t, found, []string{"src:deploy/.env:1: key-literal ak_live_…"})
	if facts["files"] != "3" || facts["commit"] == "" {
		t.Errorf("facts %v, want 3 files and a commit", facts)
	}
	found, _ = searched(t, Tree{Name: Source, Dir: filepath.Join(dir, "app"), Paths: []string{".."}})
	equal(t, found, []string{"src:../deploy/.env:1: key-literal ak_live_…"})
}

// What was taken out again is still in the history, on every branch.
func TestHistory(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "pay.js", leak)
	write(t, dir, "docs/a.md", "ANTON_API_KEY=ak_test_abcdef1234567890\n")
	repository(t, dir)
	first := run(t, dir, "rev-parse", "--short", "HEAD")
	write(t, dir, "pay.js", "const key = process.env.KEY\n")
	commit(t, dir)
	run(t, dir, "checkout", "--quiet", "-b", "side")
	write(t, dir, "odd näme.yaml", "secret: whsec_5f1c9ab27e30d84b6a\n")
	commit(t, dir)
	second := run(t, dir, "rev-parse", "--short", "HEAD")
	run(t, dir, "checkout", "--quiet", "main")

	found, _ := searched(t, Tree{Name: Source, Dir: dir})
	equal(t, found, nil)
	gone, side := "src:pay.js@"+first+": key-literal ak_live_…", "src:odd näme.yaml@"+second+": key-literal whsec_…"
	found, _ = searched(t, Tree{Name: Source, Dir: dir, History: true})
	equal(t, found, []string{gone, side})
	found, _ = searched(t, Tree{Name: Source, Dir: dir, Paths: []string{"pay.js"}, History: true})
	equal(t, found, []string{gone})
	found, _ = searched(t, Tree{Name: Source, Dir: dir, Paths: []string{"docs"}, History: true})
	equal(t, found, nil)
}

func TestRefusals(t *testing.T) {
	bare := t.TempDir()
	write(t, bare, "pay.js", "1\n")
	for want, tree := range map[string]Tree{
		`app.source: "srv" does not exist`:           {Name: Source, Dir: bare, Paths: []string{"srv"}},
		`app.public: "dist" does not exist`:          {Name: Public, Dir: bare, Paths: []string{"dist"}},
		"is in no git repository that can be read":   {Name: Source, Dir: bare, History: true},
		`app.source: "srv" is not in the tree`:       {Name: Source, FS: os.DirFS(bare), Paths: []string{"srv"}},
		"there is no git history of it; leave histo": {Name: Source, FS: os.DirFS(bare), History: true},
	} {
		w, err := recording.Create(filepath.Join(t.TempDir(), "r.jsonl"), recording.NewScrub(), recording.Open{})
		if err != nil {
			t.Fatal(err)
		}
		if err := Search(context.Background(), tree, w); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// What cannot be text is left out and counted; odd files do no harm.
func TestOddFiles(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "logo.png", "\x89PNG\x00\x00ak_live_Zk31bQ8yT0vLm2Xn")
	write(t, dir, "huge.js", strings.Repeat("x", maxSource)+leak)
	write(t, dir, "empty.js", "")
	write(t, dir, "deep.ts", strings.Repeat("`${", 5000)+"amount")
	write(t, dir, "open.js", "const a = `never closed\nparseFloat(amount)\n")
	write(t, dir, "cut.py", "f'{{{\"")
	write(t, dir, "odd.js", "amount\xff\xfe = parseFloat(amount")
	if err := os.Symlink("/etc/hosts", filepath.Join(dir, "link.js")); err != nil {
		t.Fatal(err)
	}
	found, facts := searched(t, Tree{Name: Source, Dir: dir})
	equal(t, found, []string{"src:odd.js:1: float-money parseFloat(amount"})
	if facts["files"] != "5" || facts["apart"] != "2" {
		t.Errorf("facts %v, want 5 files read and 2 apart", facts)
	}
}

// FuzzLines: no text stops the search, and none of it makes it look beyond a line.
func FuzzLines(f *testing.F) {
	trees, _ := filepath.Glob("testdata/*.txtar")
	for _, file := range trees {
		a, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, m := range a.Files {
			f.Add(m.Name, m.Data)
		}
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		lines := strings.Count(string(data), "\n") + 1
		for _, h := range append(lineKeys(name, data), lineFloats(name, data)...) {
			if h.line < 1 || h.line > lines {
				t.Errorf("line %d of %d", h.line, lines)
			}
		}
	})
}

// BenchmarkSearch: a tree of 5,000 files of 10 KB each, which speak of money in
// every other line.
func BenchmarkSearch(b *testing.B) {
	dir := b.TempDir()
	kinds := []string{"javascript", "python", "go", "java", "php", "ruby", "csharp", "typescript"}
	for i := range 5000 {
		m := innocent(b, kinds[i%len(kinds)])
		text := strings.Repeat(string(m.Data), 10<<10/len(m.Data)+1)
		name := filepath.Join(dir, fmt.Sprintf("%d", i/50), fmt.Sprintf("%d%s", i, filepath.Ext(m.Name)))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		searched(b, Tree{Name: Source, Dir: dir})
	}
}

// innocent is the member of a tree that gives no finding.
func innocent(b *testing.B, kind string) txtar.File {
	a, err := txtar.ParseFile("testdata/" + kind + ".txtar")
	if err != nil {
		b.Fatal(err)
	}
	for _, m := range a.Files {
		if strings.Contains(strings.ToLower(m.Name), "innocent") {
			return m
		}
	}
	b.Fatal(kind, "has no innocent file")
	return txtar.File{}
}
