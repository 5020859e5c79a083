package checks

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/anton-payments/golive/proxy/recording"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the .want members of testdata from what the checks say now")

// cases are the kinds of member, by the beginning of their names, and the
// outcome each must have.
var cases = []struct {
	name    string
	outcome Outcome
}{
	{"pass", Pass}, {"advice", Pass}, {"fail", Fail}, {"inconclusive", Inconclusive}, {"not-applicable", NotApplicable},
}

// undeparting are the checks that nothing in a recording can depart from: they
// pass or stay inconclusive.
var undeparting = map[string]string{
	"log-present": "silence is inconclusive",
}

// TestExamples judges testdata/<id>.txtar of every check: the outcome is the
// member's name, the findings are those of its .want, word for word.
func TestExamples(t *testing.T) {
	for _, c := range All() {
		if c.Run == nil {
			continue
		}
		t.Run(c.ID, func(t *testing.T) { walkExamples(t, c) })
	}
}

func walkExamples(t *testing.T, c *Check) {
	file := filepath.Join("testdata", c.ID+".txtar")
	examples, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, m := range examples.Files {
		name, isCase := strings.CutSuffix(m.Name, ".jsonl")
		if !isCase {
			continue
		}
		kind, outcome := caseOf(t, name)
		seen[kind] = true
		t.Run(name, func(t *testing.T) {
			v := judged(t, c, m.Data)
			if v.Outcome != outcome {
				t.Errorf("outcome %s, want %s\n%s", v.Outcome, outcome, told(v))
			}
			compare(t, examples, name, v)
		})
	}
	complete(t, c, seen)
	if *update && !t.Failed() {
		if err := os.WriteFile(file, txtar.Format(examples), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func caseOf(t *testing.T, name string) (string, Outcome) {
	t.Helper()
	for _, k := range cases {
		if name == k.name || strings.HasPrefix(name, k.name+"-") {
			return k.name, k.outcome
		}
	}
	t.Fatalf("member %s: want a name that begins with pass, advice, fail, inconclusive or not-applicable", name)
	return "", 0
}

func complete(t *testing.T, c *Check, seen map[string]bool) {
	t.Helper()
	want := []string{"pass", "inconclusive"}
	if _, none := undeparting[c.ID]; !none {
		want = append(want, map[bool]string{true: "fail", false: "advice"}[c.Level == Must])
	}
	for _, kind := range want {
		if !seen[kind] {
			t.Errorf("no %s example", kind)
		}
	}
}

// told is a verdict as a .want member has it: a finding a line; where a verdict
// is inconclusive, what was missing before them.
func told(v *Verdict) string {
	var b strings.Builder
	if v.Outcome == Inconclusive {
		for _, m := range v.Missing {
			b.WriteString(m + "\n")
		}
	}
	for _, d := range v.Findings {
		if d.Advice {
			b.WriteString("advice ")
		}
		b.WriteString(d.Ref + ": " + d.Text + "\n")
	}
	return b.String()
}

// compare holds a verdict against its .want member. Only an inconclusive case
// may have none; a pass case without one has no findings.
func compare(t *testing.T, examples *txtar.Archive, name string, v *Verdict) {
	t.Helper()
	for _, d := range v.Findings {
		if !strings.Contains(d.Text, ", want ") {
			t.Errorf("finding %q does not say what is wanted", d.Text)
		}
	}
	got, i := told(v), member(examples, name+".want")
	switch {
	case *update:
		keep(examples, name, got)
	case i >= 0 && string(examples.Files[i].Data) != got:
		t.Errorf("it says\n%s\nwant\n%s", got, examples.Files[i].Data)
	case i < 0 && v.Outcome != Inconclusive && got != "":
		t.Errorf("it says\n%s\nand there is no %s.want", got, name)
	case i < 0 && v.Outcome == Fail:
		t.Errorf("no %s.want", name)
	}
}

// keep writes a .want member behind its case; a case that says nothing has none.
func keep(examples *txtar.Archive, name, got string) {
	if i := member(examples, name+".want"); i >= 0 {
		examples.Files = append(examples.Files[:i:i], examples.Files[i+1:]...)
	}
	if got == "" {
		return
	}
	i := member(examples, name+".jsonl") + 1
	rest := append([]txtar.File{{Name: name + ".want", Data: []byte(got)}}, examples.Files[i:]...)
	examples.Files = append(examples.Files[:i:i], rest...)
}

func member(examples *txtar.Archive, name string) int {
	for i, f := range examples.Files {
		if f.Name == name {
			return i
		}
	}
	return -1
}

func judged(t *testing.T, c *Check, jsonl []byte) *Verdict {
	t.Helper()
	v, err := Judge(c, evidence(t, jsonl))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func evidence(t *testing.T, jsonl []byte) *Evidence {
	t.Helper()
	rec, err := recording.Decode(strings.NewReader(string(jsonl)))
	if err != nil {
		t.Fatal(err)
	}
	e, err := EvidenceOf(rec)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestNoPassWithoutTrigger takes the exercises' marks and a person's word out of
// each passing example: what needs a situation cannot pass without it.
func TestNoPassWithoutTrigger(t *testing.T) {
	for _, c := range All() {
		if c.Run == nil || len(c.Needs) == 0 {
			continue
		}
		examples, err := txtar.ParseFile(filepath.Join("testdata", c.ID+".txtar"))
		if err != nil {
			t.Error(err)
			continue
		}
		for _, m := range examples.Files {
			if !strings.HasPrefix(m.Name, "pass") || !strings.HasSuffix(m.Name, ".jsonl") {
				continue
			}
			if v := judged(t, c, withoutExercises(m.Data)); v.Outcome == Pass {
				t.Errorf("%s: %s passes though no exercise ran", c.ID, m.Name)
			}
		}
	}
}

func withoutExercises(jsonl []byte) []byte {
	var kept []string
	for line := range strings.Lines(string(jsonl)) {
		if !strings.Contains(line, `"kind":"exercise-`) && !strings.HasPrefix(line, `{"attestation"`) {
			kept = append(kept, line)
		}
	}
	return []byte(strings.Join(kept, ""))
}

// TestEmptyRecording: no check passes on nothing.
func TestEmptyRecording(t *testing.T) {
	for _, c := range All() {
		if v := judged(t, c, nil); v.Outcome == Pass || v.Outcome == Fail {
			t.Errorf("%s on an empty recording: %s, want inconclusive or not applicable", c.ID, v.Outcome)
		}
	}
}

// TestStaleExamples: no example outlives its check.
func TestStaleExamples(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if ByID(strings.TrimSuffix(filepath.Base(f), ".txtar")) == nil {
			t.Errorf("%s: no check of that name", f)
		}
	}
}
