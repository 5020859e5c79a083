package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/anton-payments/golive/proxy/recording"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"golive": main})
}

// TestScripts runs the command line, each text file of fixtures/scripts in a
// folder of its own. Beside testscript's own commands there are
//
//	code N COMMAND …   the command ends with exit code N
//	await GLOB         until a file of that name is there
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "fixtures/scripts",
		RequireExplicitExec: true,
		Setup:               recordings,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"code": exitCode, "await": await},
	})
}

func exitCode(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) < 2 {
		ts.Fatalf("usage: code N COMMAND …")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		got = ended.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d\n%s", got, want, ts.ReadFile("stderr"))
	}
}

func await(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 1 {
		ts.Fatalf("usage: await GLOB")
	}
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for range 3000 {
		if found, err := filepath.Glob(ts.MkAbs(args[0])); err != nil || len(found) > 0 {
			ts.Check(err)
			return
		}
		<-look.C
	}
	ts.Fatalf("%s did not come", args[0])
}

// recordings puts a whole recording into the script's folder, and others that
// are broken in one way each.
func recordings(e *testscript.Env) error {
	path := filepath.Join(e.WorkDir, "whole.jsonl")
	w, err := recording.Create(path, recording.NewScrub(), recording.Open{
		Version: recording.Version, Tool: "0.1.0", Profile: "2026-02", Run: "GLSCRIPT",
		At:       time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC),
		Merchant: recording.Merchant{Name: "Example Merchant Ltd"}, Upstream: "embedded", Route: "proxy",
	})
	if err != nil {
		return err
	}
	for range 3 {
		if err := w.Mark(recording.Mark{Kind: recording.MarkNote, Facts: map[string]string{"text": "nothing happened"}}); err != nil {
			return err
		}
	}
	if err := w.Close("finished"); err != nil {
		return err
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	lines := bytes.SplitAfter(whole, []byte("\n"))
	return errors.Join(
		put(e, "empty.jsonl"),
		put(e, "cut.jsonl", lines[:3]...),
		put(e, "missing.jsonl", lines[0], lines[2]),
		put(e, "changed.jsonl", bytes.Replace(whole, []byte("nothing happened"), []byte("nothing happenee"), 1)),
		put(e, "later.jsonl", bytes.Replace(whole, []byte(`"version":1`), []byte(`"version":2`), 1)),
		put(e, "other.jsonl", []byte("not a recording\n")),
	)
}

func put(e *testscript.Env, name string, parts ...[]byte) error {
	return os.WriteFile(filepath.Join(e.WorkDir, name), bytes.Join(parts, nil), 0o600)
}
