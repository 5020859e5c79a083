package reports_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/proxy/recording"
	"github.com/anton-payments/golive/reports"
)

// parts are parts of real runs, by name: each is wrong in one way.
func parts(t *testing.T) map[string]*reports.Report {
	t.Helper()
	paths, err := filepath.Glob("testdata/runs/*.jsonl")
	if err != nil || len(paths) < 7 {
		t.Fatalf("%d runs, %v", len(paths), err)
	}
	found := map[string]*reports.Report{}
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		rec, err := recording.Decode(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		e, err := checks.EvidenceOf(rec)
		if err != nil {
			t.Fatal(err)
		}
		verdicts, err := checks.JudgeAll(checks.All(), e)
		if err != nil {
			t.Fatal(err)
		}
		found[strings.TrimSuffix(filepath.Base(path), ".jsonl")] = reports.New(rec, strings.Repeat("0", 64), verdicts)
	}
	return found
}

// The numbers behind the pictures of each run are those beside it.
func TestFacts(t *testing.T) {
	for name, r := range parts(t) {
		got, err := json.MarshalIndent(r.Facts, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, '\n')
		path := "testdata/runs/" + name + ".facts.json"
		if flag.Lookup("update").Value.String() == "true" {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is stale (%v); go test ./reports -update writes it anew\ngot:\n%s", path, err, got)
		}
	}
}

// A run's page is the same once its report was written and read back, pictures
// and all.
func TestPageReadBack(t *testing.T) {
	for name, r := range parts(t) {
		var first, text, second bytes.Buffer
		if err := reports.HTML(&first, r); err != nil {
			t.Fatal(err)
		}
		if err := reports.JSON(&text, r); err != nil {
			t.Fatal(err)
		}
		again, err := reports.Read(text.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if err := reports.HTML(&second, again); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) || !bytes.Contains(first.Bytes(), []byte("<svg width=")) {
			t.Errorf("%s: another page once read back, or one without pictures", name)
		}
	}
}

// What an app puts into its keys, references and words stays words in a picture.
func TestHostilePictures(t *testing.T) {
	const hostile = `</text><script>alert(1)</script>"\'><a href=javascript:alert(1)>`
	for name, r := range parts(t) {
		f := &r.Facts
		for i := range f.Timelines {
			for n := range f.Timelines[i].Lanes {
				l := &f.Timelines[i].Lanes[n]
				l.Operation, l.Case, l.Payouts = hostile, hostile, hostile
				for k := range l.Attempts {
					l.Attempts[k].Key, l.Attempts[k].Call, l.Attempts[k].Ref = hostile, hostile, hostile
				}
			}
		}
		for i := range f.Words {
			f.Words[i].Word, f.Words[i].Status = hostile, hostile
		}
		for i := range f.Walks {
			f.Walks[i].Counted, f.Walks[i].Pages[0].Note, f.Walks[i].Pages[0].Cursor = hostile, hostile, hostile
		}
		for i := range f.Volleys {
			f.Volleys[i].Shots[0].What, f.Volleys[i].Shots[0].Effect = hostile, hostile
		}
		for i := range r.Traffic {
			r.Traffic[i].Call, r.Traffic[i].Answer, r.Traffic[i].Operation = hostile, hostile, hostile
			if k := r.Traffic[i].Kept; k != nil {
				k.Request.Line, k.Request.Body = hostile, hostile
			}
		}
		var page bytes.Buffer
		if err := reports.HTML(&page, r); err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(page.Bytes(), []byte("<script>alert")) || bytes.Contains(page.Bytes(), []byte("<a href=javascript")) {
			t.Errorf("%s: words became markup", name)
		}
	}
}
