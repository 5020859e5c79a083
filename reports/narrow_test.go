package reports

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/proxy/recording"
)

func TestNarrow(t *testing.T) {
	needy := checks.ByID("retry-backoff")
	tests := []struct {
		name                     string
		exercises, ids, sections []string
		want                     []recording.Exercise
		problem                  string
	}{
		{name: "the whole plan", sections: []string{"integration", "launch"}},
		{name: "exercises", exercises: []string{"pages", "pay", "pages"}, want: []recording.Exercise{"pages", "pay"}},
		{name: "what a check needs", ids: []string{"retry-backoff"}, want: slices.Sorted(slices.Values(needy.Needs))},
		{name: "a check that needs none", ids: []string{"key-in-url"}, want: []recording.Exercise{"pay"}},
		{name: "an unknown exercise", exercises: []string{"page"}, problem: `unknown exercise "page", did you mean "pages"?`},
		{name: "an unknown check", ids: []string{"key-in-ulr"}, problem: `unknown check "key-in-ulr", did you mean "key-in-url"?`},
		{name: "an unknown section", sections: []string{"all"}, problem: `unknown section "all"; known: integration, security, cutover, launch`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Narrow(tt.exercises, tt.ids, tt.sections)
			if tt.problem == "" && (err != nil || !slices.Equal(got, tt.want)) {
				t.Errorf("%v, %v, want %v", got, err, tt.want)
			}
			if _, misuse := errors.AsType[*Misuse](err); tt.problem != "" && (!misuse || err.Error() != tt.problem) {
				t.Errorf("%v, want %s", err, tt.problem)
			}
		})
	}
}

// A run judged twice gives the same report, and the digest is the file's own.
func TestJudge(t *testing.T) {
	path := filepath.Join(t.TempDir(), "recording.jsonl")
	w, err := recording.Create(path, recording.NewScrub(), recording.Open{
		Version: recording.Version, Profile: "2026-02", Run: "r1", At: noon, Upstream: "embedded", Route: "proxy",
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close("finished"); err != nil {
		t.Fatal(err)
	}
	var first, second bytes.Buffer
	for path, out := range map[string]*bytes.Buffer{path: &first, filepath.Dir(path): &second} {
		r, err := Judge(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Verdicts) != len(checks.All()) || r.Decision.Certificate != Incomplete || r.Narrowed != nil {
			t.Errorf("%d verdicts, %s, narrowed %v", len(r.Verdicts), r.Decision.Certificate, r.Narrowed)
		}
		if err := JSON(out, r); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same recording gave two reports")
	}
	r, err := Judge(path, Options{Checks: []string{"retry-after"}})
	if err != nil || len(r.Verdicts) != 1 || r.Narrowed == nil {
		t.Errorf("narrowed: %v, %v", r, err)
	}
}

// Where checks and documents change, make generate writes it anew.
func TestReadmeOfChecks(t *testing.T) {
	var want bytes.Buffer
	if err := Markdown(&want); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../checks/README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Error("checks/README.md is stale; make generate writes it anew")
	}
}
