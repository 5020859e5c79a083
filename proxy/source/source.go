// Package source searches the app's files for what must not stand in them: API
// keys and webhook secrets in the source tree, its git history and the files
// that clients get, and money in floating point in the source.
package source

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/anton-payments/golive/proxy/recording"
)

// Names of the trees. Keys are searched for in both, float money in Source.
const (
	Source = "source" // the app's own files; findings are at src:PATH:LINE
	Public = "public" // the files that clients get; findings are at public:PATH:LINE
)

// Kinds of findings.
const (
	KeyLiteral = "key-literal" // an API key or webhook secret, written out
	FloatMoney = "float-money" // money parsed into, or kept in, a float
)

// Tree is what is searched.
type Tree struct {
	Name  string   // Source or Public
	Dir   string   // folder that Paths are relative to; unused when FS is set
	FS    fs.FS    // searched instead of Dir, without git; nil: Dir
	Paths []string // folders and files; empty: all of Dir or FS
	// History has what git keeps of the folders searched for keys too, at
	// src:PATH@COMMIT of the commits that brought them. It needs Dir and git.
	History bool
}

// Largest files that are read, in bytes. Bundles and their maps are long.
const (
	maxSource = 2 << 20
	maxPublic = 64 << 20
)

// Search reads the files of a tree and appends a recording.Finding for each line
// with a key, and one for each line with float money, in order of path and
// line; at the end a mark recording.MarkSource. Of Source, in a git repository,
// only tracked files are read where any are; elsewhere neither .env files nor
// installed packages. Of Public every file is read. A path that does
// not exist, and a file that cannot be read, is an error that tells what to do.
func Search(ctx context.Context, t Tree, w *recording.Writer) error {
	s := &search{tree: t, w: w, seen: map[string]bool{}}
	if len(t.Paths) == 0 {
		t.Paths = []string{"."}
	}
	for _, given := range t.Paths {
		if err := s.path(ctx, filepath.ToSlash(given)); err != nil {
			return fmt.Errorf("app.%s: %w", t.Name, err)
		}
	}
	facts := map[string]string{"tree": t.Name, "files": strconv.Itoa(s.files)}
	if s.apart > 0 {
		facts["apart"] = strconv.Itoa(s.apart)
	}
	if len(s.commits) > 0 {
		facts["commit"] = strings.Join(s.commits, " ")
	}
	return w.Mark(recording.Mark{Kind: recording.MarkSource, Facts: facts})
}

// search is a tree's search under way.
type search struct {
	tree    Tree
	w       *recording.Writer
	seen    map[string]bool // files by name: paths may overlap; and places found
	files   int             // read
	apart   int             // not read: binary, or too large
	commits []string        // of the git trees, one each
}

// folder is a path of the tree, opened: files named below it are told with the
// path in front.
type folder struct {
	fs.FS
	given string // as in golive.yaml, with slashes
	dir   string // on disk; "": not on disk
}

// path searches a folder or a file of the tree.
func (s *search) path(ctx context.Context, given string) error {
	f, name, err := s.open(given)
	if err != nil {
		return err
	}
	names, commit := []string{name}, ""
	if name == "." {
		names, commit, err = s.list(ctx, f)
	}
	if err != nil {
		return err
	}
	if commit != "" && !slices.Contains(s.commits, commit) {
		s.commits = append(s.commits, commit)
	}
	for _, name := range names {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := s.file(f, name); err != nil {
			return err
		}
	}
	if s.tree.History && s.tree.Name == Source {
		return s.history(ctx, f, name)
	}
	return nil
}

// open finds what a path names: a folder, of which name is ".", or a file in one.
func (s *search) open(given string) (f folder, name string, err error) {
	f = folder{given: path.Clean(given)}
	if s.tree.FS != nil {
		info, err := fs.Stat(s.tree.FS, f.given)
		if err != nil {
			return f, "", fmt.Errorf("%q is not in the tree; correct it", given)
		}
		if !info.IsDir() {
			return folder{FS: s.tree.FS, given: "."}, f.given, nil
		}
		f.FS, err = fs.Sub(s.tree.FS, f.given)
		return f, ".", err
	}
	at := filepath.FromSlash(f.given)
	if !filepath.IsAbs(at) {
		at = filepath.Join(s.tree.Dir, at)
	}
	info, err := os.Stat(at)
	if err != nil && os.IsNotExist(err) {
		return f, "", fmt.Errorf("%q does not exist in %s; correct it in golive.yaml", given, s.tree.Dir)
	}
	if err != nil {
		return f, "", err
	}
	if info.IsDir() {
		f.FS, f.dir = os.DirFS(at), at
		return f, ".", nil
	}
	f.given, f.FS, f.dir = path.Dir(f.given), os.DirFS(filepath.Dir(at)), filepath.Dir(at)
	return f, filepath.Base(at), nil
}

// file searches one file; one that is gone meanwhile is none.
func (s *search) file(f folder, name string) error {
	full := path.Join(f.given, name)
	if s.seen[full] {
		return nil
	}
	s.seen[full] = true
	info, err := fs.Stat(f, name)
	if os.IsNotExist(err) || err == nil && !info.Mode().IsRegular() {
		return nil
	}
	if err != nil {
		return err
	}
	most := int64(maxSource)
	if s.tree.Name == Public {
		most = maxPublic
	}
	if info.Size() > most {
		s.apart++
		return nil
	}
	data, err := fs.ReadFile(f, name)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if binary(data) {
		s.apart++
		return nil
	}
	s.files++
	return s.text(full, data)
}

// binary reports whether data looks like no text, as git does: by a zero byte
// near the beginning.
func binary(data []byte) bool { return bytes.IndexByte(data[:min(len(data), 8000)], 0) >= 0 }

// text searches a file's content, and what source maps hold of others.
func (s *search) text(name string, data []byte) error {
	keys := lineKeys(name, data)
	for _, m := range mapped(name, data) {
		inner := lineKeys(name, []byte(m.content))
		if len(inner) > 0 && m.whole {
			keys = nil // the same, told with the line of the original
		}
		if err := s.found(KeyLiteral, name+":"+m.name, inner); err != nil {
			return err
		}
	}
	if err := s.found(KeyLiteral, name, keys); err != nil {
		return err
	}
	if s.tree.Name != Source {
		return nil
	}
	return s.found(FloatMoney, name, lineFloats(name, data))
}

// hit is a line with a finding.
type hit struct {
	line int    // from 1
	note string // what stands there, without any value
}

func (s *search) found(kind, name string, hits []hit) error {
	for _, h := range hits {
		if err := s.finding(kind, fmt.Sprintf("%s:%d", name, h.line), h.note); err != nil {
			return err
		}
	}
	return nil
}

func (s *search) finding(kind, place, note string) error {
	prefix := "src:"
	if s.tree.Name == Public {
		prefix = "public:"
	}
	return s.w.Append(recording.Event{Finding: &recording.Finding{
		Place: prefix + place, Kind: kind, Note: note, At: s.w.Now(),
	}})
}
