package source

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
)

// git prepares a command in a folder that changes nothing there and prints the
// same whatever the user's settings are.
func git(ctx context.Context, dir string, args ...string) *exec.Cmd {
	settings := []string{
		"-C", dir, "-c", "core.quotePath=false", "-c", "core.fsmonitor=false", "-c", "log.showRoot=true",
		"-c", "log.showSignature=false", "-c", "diff.suppressBlankEmpty=false",
		"-c", "core.bigFileThreshold=" + strconv.Itoa(maxSource), // larger files are binary to it
	}
	c := exec.CommandContext(ctx, "git", append(settings, args...)...)
	c.Env = append(os.Environ(), "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
	return c
}

// tracked names the files of a folder that git tracks, sorted; none without git
// or outside a repository. A repository that git refuses to read is an error.
func tracked(ctx context.Context, dir string) ([]string, error) {
	out, err := git(ctx, dir, "ls-files", "-z", "--recurse-submodules").Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) && bytes.Contains(failed.Stderr, []byte("safe.directory")) {
		return nil, fmt.Errorf("git does not read %s, which belongs to another user: git config --global --add safe.directory %s", dir, dir)
	}
	if err != nil {
		return nil, ctx.Err()
	}
	names := strings.FieldsFunc(string(out), func(r rune) bool { return r == 0 })
	slices.Sort(names)
	return slices.Compact(names), nil // a conflict has a file three times
}

// commitOf is the short commit of a folder's tree, with -dirty when files differ
// from it; "" before the first.
func commitOf(ctx context.Context, dir string) string {
	out, err := git(ctx, dir, "describe", "--always", "--dirty", "--exclude=*").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// history searches what was ever added to a folder, or to one file in it, on
// every branch.
func (s *search) history(ctx context.Context, f folder, name string) error {
	if begun, err := s.begun(ctx, f); err != nil || !begun {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := git(ctx, f.dir, "log", "--all", "-p", "--cc", "-M", "--unified=0", "--no-color", "--no-ext-diff", "--no-textconv",
		"--no-notes", "--relative", "--src-prefix=a/", "--dst-prefix=b/", "--format=commit %h", "--", name)
	var said bytes.Buffer
	c.Stderr = &said
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return fmt.Errorf("git log: %w", err)
	}
	if err := s.additions(f, out); err != nil {
		cancel()
		_ = c.Wait()
		return err
	}
	if err := c.Wait(); err != nil {
		return fmt.Errorf("git log: %w: %s", err, strings.TrimSpace(said.String()))
	}
	return nil
}

// begun reports whether anything was ever committed. A history that is not there
// as a whole is an error.
func (s *search) begun(ctx context.Context, f folder) (bool, error) {
	if f.dir == "" {
		return false, errors.New("there is no git history of it; leave history away")
	}
	shallow, err := git(ctx, f.dir, "rev-parse", "--is-shallow-repository").Output()
	if err != nil {
		return false, cmp.Or(ctx.Err(), fmt.Errorf("%s is in no git repository that can be read; leave history away", f.dir))
	}
	if strings.TrimSpace(string(shallow)) == "true" {
		return false, fmt.Errorf("the git history of %s is cut short; get it whole with git fetch --unshallow", f.dir)
	}
	first, err := git(ctx, f.dir, "rev-list", "--all", "--max-count=1").Output()
	return len(first) > 0, err
}

// additions searches the lines that a log adds. A file is told once a commit.
func (s *search) additions(f folder, log io.Reader) error {
	var commit, name string
	hunk := false
	for lines := bufio.NewReaderSize(log, 1<<16); ; {
		line, err := lines.ReadBytes('\n')
		text := bytes.TrimSuffix(line, []byte("\n"))
		switch {
		case bytes.HasPrefix(text, []byte("commit ")):
			commit, hunk = string(text[len("commit "):]), false
		case bytes.HasPrefix(text, []byte("diff ")):
			hunk = false
		case bytes.HasPrefix(text, []byte("@@")):
			hunk = true
		case !hunk && bytes.HasPrefix(text, []byte("+++ ")):
			name = path.Join(f.given, headed(string(text[len("+++ "):])))
		case hunk && bytes.HasPrefix(text, []byte("+")):
			if err := s.addition(name, commit, text[1:]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("git log: %w", err)
		}
	}
}

func (s *search) addition(name, commit string, text []byte) error {
	note := keysIn(text, test(name) || document(name))
	place := name + "@" + commit
	if note == "" || s.seen[place] {
		return nil
	}
	s.seen[place] = true
	return s.finding(KeyLiteral, place, note)
}

// headed is the name of a file as a diff's heading has it: quoted where it is
// odd, with a tab behind where it has blanks.
func headed(heading string) string {
	heading = strings.TrimSuffix(heading, "\t")
	if plain, err := strconv.Unquote(heading); err == nil {
		heading = plain
	}
	return strings.TrimPrefix(heading, "b/")
}
