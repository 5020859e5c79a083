package reports

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/anton-payments/golive/checks"
)

// Load gives the report of a recording, of the folder of a run or of a bundle,
// or reads a report that was written as JSON. What holds a recording is judged
// again; a report without one is shown as it was decided, so options that judge
// are refused there (*Misuse).
func Load(path string, o Options) (*Report, error) {
	file := path
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		file = filepath.Join(path, "report.json")
		if _, err := os.Stat(filepath.Join(path, "recording.jsonl")); !errors.Is(err, fs.ErrNotExist) {
			return Judge(path, o)
		}
	}
	if !written(file) {
		return Judge(path, o)
	}
	if len(o.Checks) > 0 || o.Partial {
		return nil, misuse("%s: a report is decided already; give its recording to judge it by some checks, or in part", file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	r, err := Read(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return r, nil
}

// written reports whether a file is a report and not a recording: an object
// whose first member is the schema.
func written(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	d := json.NewDecoder(f)
	open, err := d.Token()
	if err != nil || open != json.Delim('{') {
		return false
	}
	first, err := d.Token()
	return err == nil && first == "schema"
}

// Read reads a report back from JSON. The error is another schema, or a report
// that is not whole or contradicts itself.
func Read(text []byte) (*Report, error) {
	var version struct {
		Schema int `json:"schema"`
	}
	if err := json.Unmarshal(text, &version); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	if version.Schema != Schema {
		return nil, misuse("report of schema %d, this golive reads schema %d; judge its recording instead", version.Schema, Schema)
	}
	r := &Report{}
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(r); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	if err := r.sound(); err != nil {
		return nil, fmt.Errorf("report: %w; it cannot be trusted, judge its recording instead", err)
	}
	return r, nil
}

// sound refuses a report that contradicts itself: renderers only look, so
// nobody after this would notice.
func (r *Report) sound() error {
	known := map[string]bool{}
	for i := range r.Verdicts {
		known[r.Verdicts[i].Check] = true
	}
	for n, l := range checks.Checklist {
		if n >= len(r.Items) || r.Items[n].ID != l.Item {
			return fmt.Errorf("item %s is not in its place", l.Item)
		}
	}
	for _, w := range r.Waivers {
		if w.Refused == "" && w.place() == len(checks.Checklist) {
			return fmt.Errorf("waiver %s is of no item", w.File)
		}
	}
	for _, c := range r.Causes {
		for _, id := range c.Blocks {
			if !known[id] {
				return fmt.Errorf("cause %s blocks check %s, which has no verdict", c.Name, id)
			}
		}
	}
	if again := Decide(r); again.Certificate != r.Decision.Certificate || again.Exit != r.Decision.Exit {
		return fmt.Errorf("it says %s, its items say %s", r.Decision.Certificate, again.Certificate)
	}
	return nil
}
