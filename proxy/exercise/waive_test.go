package exercise

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/anton-payments/golive/proxy/recording"
)

// What a person loads is recorded as it is, with the key that golive.yaml names;
// without one, and after the run, it is refused.
func TestWaiveByHand(t *testing.T) {
	path := filepath.Join(t.TempDir(), "recording.jsonl")
	w, err := recording.Create(path, recording.NewScrub(), recording.Open{Version: recording.Version, Profile: "2026-02", Run: "GLW"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	d := &desk{bench: &bench{writer: w}, ctx: ctx, ended: make(chan struct{})}
	if err := d.waive("w.json", []byte("signed")); err == nil || !strings.Contains(err.Error(), "golive.yaml names no waiver_key") {
		t.Errorf("without a key: %v", err)
	}
	d.waiverKey = "0a1b"
	if err := d.waive("w.json", []byte("signed\n")); err != nil {
		t.Error(err)
	}
	end()
	if err := d.waive("late.json", nil); err != errEnded {
		t.Errorf("after the run: %v", err)
	}
	if err := w.Close("finished"); err != nil {
		t.Fatal(err)
	}
	rec, err := recording.ReadFile(path)
	if err != nil || len(rec.Waivers) != 1 {
		t.Fatalf("%+v, %v", rec, err)
	}
	if got := rec.Waivers[0]; got.File != "w.json" || string(got.Text) != "signed\n" || got.Key != "0a1b" || got.At.IsZero() {
		t.Errorf("%+v", got)
	}
}
