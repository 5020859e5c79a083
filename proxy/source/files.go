package source

import (
	"context"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// list names the files of a folder to be searched, sorted, with the commit of
// its git tree; commit "": it is in none, or not searched as one.
func (s *search) list(ctx context.Context, f folder) (names []string, commit string, err error) {
	if s.tree.Name == Public {
		names, err = walk(f, false)
		return names, "", err
	}
	if f.dir != "" {
		names, err = tracked(ctx, f.dir)
		if err != nil {
			return nil, "", err
		}
		if len(names) > 0 {
			return slices.DeleteFunc(names, func(name string) bool { return symlink(f, name) }), commitOf(ctx, f.dir), nil
		}
	}
	names, err = walk(f, true)
	return names, "", err
}

// walk names all files; own: only what people write.
func walk(f folder, own bool) (names []string, err error) {
	err = fs.WalkDir(f, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (slices.Contains(keptFolders, d.Name()) || own && slices.Contains(installedFolders, d.Name())):
			return fs.SkipDir
		case d.IsDir(), own && (environment(d.Name()) || d.Type()&fs.ModeSymlink != 0):
			return nil
		}
		names = append(names, name)
		return nil
	})
	return names, err
}

func symlink(f folder, name string) bool {
	info, err := fs.Lstat(f, name)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}

// Folders with what people did not write: what tools keep there, what was
// installed, what was built.
var (
	keptFolders      = []string{".git", ".hg", ".svn", ".golive"}
	installedFolders = []string{
		"node_modules", "bower_components", "site-packages", ".venv", "venv", "__pycache__", ".tox", ".gradle", ".bundle",
	}
	builtFolders = []string{
		"vendor", "dist", "build", "out", "target", "bin", "obj", ".next", ".nuxt", ".output", ".svelte-kit", "coverage", "golive-report",
	}
)

// environment reports whether a file is one of variables for a machine, as
// opposed to an example of one.
func environment(name string) bool {
	if name != ".env" && !strings.HasPrefix(name, ".env.") && !strings.HasSuffix(name, ".env") {
		return false
	}
	return !slices.Contains([]string{".example", ".sample", ".template", ".dist"}, path.Ext(name))
}

var (
	testFolder = regexp.MustCompile(`(?i)(^|/)(tests?|__tests__|__mocks__|specs?|testdata|e2e|cypress|src/test)/`)
	testFile   = regexp.MustCompile(`(_test\.(go|py|rb|php)|[._-](test|spec|stories)\.[cm]?[jt]sx?|_spec\.rb|(Tests?|Spec)\.(java|php|cs))$`)
	testPython = regexp.MustCompile(`(^|/)(test_[^/]*|conftest)\.py$`)
)

// test reports whether a file is a test, by its name.
func test(name string) bool {
	return testFolder.MatchString(name) || testFile.MatchString(name) || testPython.MatchString(name)
}

// document reports whether a file is prose.
func document(name string) bool {
	return slices.Contains([]string{".md", ".mdx", ".txt", ".rst", ".adoc"}, strings.ToLower(path.Ext(name)))
}

// built reports whether a file was installed or built.
func built(name string) bool {
	parts := strings.Split(path.Dir(name), "/")
	return strings.Contains(name, ".min.") || slices.ContainsFunc(parts, func(p string) bool {
		return slices.Contains(installedFolders, p) || slices.Contains(builtFolders, p)
	})
}
