package recording

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

// small is the text of a small recording, closed.
func small(t testing.TB) []byte {
	t.Helper()
	w, _, path := begin(t)
	must(t, w.Append(Event{Mark: &Mark{ID: "m1", At: noon, Kind: MarkBegin, Exercise: Pay}}))
	x := payout(1)
	x.Request.Header, x.Response = nil, nil
	must(t, w.Append(Event{Exchange: x}))
	must(t, w.Append(Event{Mark: &Mark{ID: "m2", At: noon, Kind: MarkEnd, Exercise: Pay}}))
	must(t, w.Close("finished"))
	text, err := os.ReadFile(path)
	must(t, err)
	return text
}

// chained writes the lines' events with right numbers and hashes.
func chained(events ...string) string {
	var all strings.Builder
	prev := ""
	for i, e := range events {
		line := fmt.Sprintf(`{"n":%d,"prev":"%s",%s}`, i+1, prev, e)
		sum := sha256.Sum256([]byte(line))
		prev = hex.EncodeToString(sum[:])
		all.WriteString(line + "\n")
	}
	return all.String()
}

const (
	opening = `"open":{"version":1,"tool":"t"}`
	note    = `"mark":{"id":"m1","kind":"note"}`
)

func TestReadFindsEveryChangedByte(t *testing.T) {
	text := small(t)
	if _, err := Read(bytes.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	for i := range text {
		for _, flip := range []byte{0x01, text[i] ^ '\n'} {
			if flip == 0 {
				continue
			}
			changed := bytes.Clone(text)
			changed[i] ^= flip
			if _, err := Read(bytes.NewReader(changed)); err == nil {
				t.Fatalf("byte %d, %q to %q, was not found", i, text[i], changed[i])
			}
		}
	}
}

func TestReadFindsAddedAndRemovedBytes(t *testing.T) {
	text := small(t)
	for i := range text {
		less := append(bytes.Clone(text[:i]), text[i+1:]...)
		if _, err := Read(bytes.NewReader(less)); err == nil {
			t.Fatalf("byte %d, %q, is missing unnoticed", i, text[i])
		}
		for _, c := range []byte(" \n") {
			more := append(append(bytes.Clone(text[:i]), c), text[i:]...)
			if _, err := Read(bytes.NewReader(more)); err == nil {
				t.Fatalf("%q was added at byte %d unnoticed", c, i)
			}
		}
	}
}

func TestReadTellsACutFromAChange(t *testing.T) {
	text := small(t)
	firstLine := bytes.IndexByte(text, '\n') + 1
	for n := range text {
		rec, err := Read(bytes.NewReader(text[:n]))
		var cut *Incomplete
		var broken *Broken
		switch {
		case n < firstLine:
			if !errors.As(err, &broken) || rec != nil {
				t.Fatalf("%d bytes: %v", n, err)
			}
		case !errors.As(err, &cut) || rec == nil:
			t.Fatalf("%d bytes: %v", n, err)
		case cut.Lines != bytes.Count(text[:n], []byte("\n")):
			t.Fatalf("%d bytes: %d lines", n, cut.Lines)
		case cut.Lines >= 3 && len(rec.Exchanges) != 1:
			t.Fatalf("%d bytes: the exchange is not there", n)
		}
	}
}

func TestReadErrors(t *testing.T) {
	text := string(small(t))
	lines := strings.SplitAfter(text, "\n")
	lines = lines[:len(lines)-1]
	const again = "; the recording cannot be trusted, run golive certify again"
	for name, c := range map[string]struct{ text, want string }{
		"empty":        {"", "empty: no line at all; run golive certify again"},
		"first cut":    {lines[0][:40], "line 1: cut before its end: nothing is there to judge" + again},
		"no JSON":      {lines[0] + "{\"n\":2\n", "line 2: unexpected end of JSON input" + again},
		"blank":        {lines[0] + "\n" + lines[1], "line 2: unexpected end of JSON input" + again},
		"removed":      {lines[0] + lines[1] + lines[3] + lines[4], "line 3: missing or out of order: numbered 4" + again},
		"swapped":      {lines[0] + lines[2] + lines[1] + lines[3] + lines[4], "line 2: missing or out of order: numbered 3" + again},
		"doubled":      {lines[0] + lines[1] + lines[1] + lines[2], "line 3: missing or out of order: numbered 2" + again},
		"headless":     {strings.Join(lines[1:], ""), "line 1: no opening line: the beginning is missing" + again},
		"changed":      {strings.Replace(text, "USD", "EUR", 1), "line 4: changed: the hash of line 3 does not match" + again},
		"reason":       {strings.Replace(text, "finished", "finishes", 1), "line 5: changed: the closing line does not match its own hash" + again},
		"behind":       {text + lines[3], "line 6: a line behind the closing line" + again},
		"piece behind": {text + "{", "line 6: a line behind the closing line" + again},
		"cut":          {lines[0] + lines[1] + "{\"n\"", "line 3: no closing line: the run was cut; judge the part that is there, which certifies nothing, or run golive certify again"},
		"version":      {chained(`"open":{"version":2}`), "line 1: version 2, this golive reads version 1" + again},
		"two openings": {chained(opening, opening), "line 2: a second opening line" + again},
		"two events":   {chained(opening, note+`,"finding":{}`), "line 2: holds 2 events, must hold one" + again},
		"no event":     {chained(opening, `"x":1`), "line 2: holds 0 events, must hold one" + again},
		"prev first":   {strings.Replace(lines[0], `"n":1,`, `"n":1,"prev":"00",`, 1), "line 1: changed: the first line has a hash before it" + again},
		"count":        {chained(opening, `"close":{"count":7}`), "line 2: the closing line counts 7 lines, there are 1" + again},
		"no sum":       {chained(opening, `"close":{"count":1}`), "line 2: changed: the closing line does not match its own hash" + again},
	} {
		_, err := Read(strings.NewReader(c.text))
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: %v\nwant %s", name, err, c.want)
		}
	}
}

func TestReadFileNamesTheFile(t *testing.T) {
	path := t.TempDir() + "/run.jsonl"
	if _, err := ReadFile(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file gives %v", err)
	}
	must(t, os.WriteFile(path, []byte(chained(opening, note)), 0o600))
	rec, err := ReadFile(path)
	if err == nil || !strings.HasPrefix(err.Error(), path+": line 3: no closing line") || rec == nil || len(rec.Marks) != 1 {
		t.Errorf("%v, %+v", err, rec)
	}
}

type unreadable struct{}

func (unreadable) Read([]byte) (int, error) { return 0, errors.New("disk on fire") }

func TestReadPassesErrorsOn(t *testing.T) {
	if _, err := Read(unreadable{}); err == nil || err.Error() != "line 1: disk on fire" {
		t.Error(err)
	}
}

func TestReadTakesLongLines(t *testing.T) {
	w, _, path := begin(t)
	x := payout(1)
	x.Request.Body = Body{Base64: bytes.Repeat([]byte(`"`), MaxBody)}
	must(t, w.Append(Event{Exchange: x}))
	must(t, w.Close("finished"))
	rec, err := ReadFile(path)
	must(t, err)
	if got := len(rec.Exchanges[0].Request.Body.Text); got != MaxBody {
		t.Errorf("%d bytes", got)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(small(f))
	f.Add([]byte(chained(opening, note)))
	f.Add([]byte(chained(opening, `"close":{"count":1}`)))
	f.Add([]byte("\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		rec, err := Read(bytes.NewReader(text))
		var cut *Incomplete
		switch {
		case err == nil && rec.Close == nil:
			t.Fatal("no closing line, no error")
		case errors.As(err, &cut) != (err != nil && rec != nil):
			t.Fatalf("%v with %v", err, rec)
		case rec == nil:
			return
		}
		if _, err := json.Marshal(rec); err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	w, _, path := begin(b)
	const lines = 200
	for i := range lines {
		x := payout(i)
		x.Request.Body.Base64, x.Response.Body.Base64 = sampleRequest, sampleResponse
		must(b, w.Append(Event{Exchange: x}))
	}
	must(b, w.Close("finished"))
	text, err := os.ReadFile(path)
	must(b, err)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(bytes.NewReader(text)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/lines, "µs/line")
}
