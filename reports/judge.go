package reports

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/proxy/recording"
)

// Options say how a recording is judged. The zero value: whole, by all checks.
type Options struct {
	Partial bool     // a recording without its closing line is judged as far as it goes
	Checks  []string // ids of the checks to judge by; empty: all
}

// Judge reads a recording, judges it and builds the report. Nothing but the
// file's bytes goes in. For a folder its recording.jsonl is read. The error is a
// *Misuse, or the harness's own trouble: a file that cannot be trusted, an
// unknown profile, a check that broke.
func Judge(path string, o Options) (*Report, error) {
	if err := CheckIDs(o.Checks); err != nil {
		return nil, err
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, "recording.jsonl")
	}
	rec, digest, err := open(path, o.Partial)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, misuse("%s: no such file; golive certify leaves recordings under .golive/runs", path)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	e, err := checks.EvidenceOf(rec)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	list := checks.All()
	if len(o.Checks) > 0 {
		list = slices.DeleteFunc(list, func(c *checks.Check) bool { return !slices.Contains(o.Checks, c.ID) })
	}
	verdicts, err := checks.JudgeAll(list, e)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return build(e, digest, verdicts, checks.All()), nil
}

// open reads the file once: what is judged is what was hashed.
func open(path string, partial bool) (*recording.Recording, string, error) {
	f, err := os.Open(path)
	if err != nil {
		var p *os.PathError
		if errors.As(err, &p) {
			err = p.Err
		}
		return nil, "", err
	}
	defer f.Close()
	lines := bufio.NewReader(f)
	if head, _ := lines.Peek(256); recording.IsHAR(head) || strings.EqualFold(filepath.Ext(path), ".har") {
		return openHAR(lines)
	}
	sum := sha256.New()
	rec, err := recording.Read(io.TeeReader(lines, sum))
	var cut *recording.Incomplete
	if errors.As(err, &cut) && partial {
		err = nil
	}
	if err != nil {
		return nil, "", err
	}
	if _, err := io.Copy(sum, lines); err != nil {
		return nil, "", err
	}
	return rec, hex.EncodeToString(sum.Sum(nil)), nil
}
