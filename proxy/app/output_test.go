//go:build unix

package app

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/anton-payments/golive/proxy/recording"
)

// places are the findings as "place kind encoding".
func places(rec *recording.Recording) []string {
	var all []string
	for _, f := range rec.Findings {
		all = append(all, f.Place+" "+f.Kind+" "+f.Encoding)
	}
	slices.Sort(all)
	return all
}

func TestFindings(t *testing.T) {
	b := newBench(t, "sh", "-c", "echo start; echo pay "+account+" "+account+"; echo; echo 'mail "+strings.ToUpper(email)+"' >&2; printf 'no end "+account+"'")
	b.Leaks.Watch(recording.KindAccount, account)
	b.Leaks.Watch(recording.KindEmail, email)
	a := b.start(t)
	<-a.Exited()
	rec := b.end(t, a)
	want := []string{"log:stderr:1 email case", "log:stdout:2 account plain", "log:stdout:4 account plain"}
	if got := places(rec); !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
	if a.Lines() != 5 {
		t.Errorf("%d lines", a.Lines())
	}
	for _, text := range append(a.Tail(10), b.echo.String()) {
		if strings.Contains(text, account) || strings.Contains(strings.ToLower(text), email) {
			t.Errorf("shown: %s", text)
		}
	}
	if data, err := os.ReadFile(b.path); err != nil || bytes.Contains(data, []byte(account)) {
		t.Errorf("recorded, %v", err)
	}
}

// feed writes to a stream of its own, in pieces of the size given.
func feed(t *testing.T, b *bench, data []byte, size int) *output {
	t.Helper()
	out := &output{o: &b.Options}
	s := &stream{out: out, name: "stdout"}
	for chunk := range slices.Chunk(data, size) {
		if n, err := s.Write(chunk); n != len(chunk) || err != nil {
			t.Fatal(n, err)
		}
	}
	s.flush()
	return out
}

// Wherever a canary stands in a long line, however the line comes: it is found
// once, on its line.
func TestLongLines(t *testing.T) {
	for _, at := range []int{0, pieceBytes - 5, pieceBytes, 150<<10 - len(account)} {
		for _, size := range []int{777, 1 << 20} {
			b := newBench(t, "true")
			b.Leaks.Watch(recording.KindAccount, account)
			line := bytes.Repeat([]byte("~"), 150<<10)
			copy(line[at:], account)
			out := feed(t, b, []byte("first\n"+string(line)+"\nlast\n"), size)
			if err := b.Writer.Close("finished"); err != nil {
				t.Fatal(err)
			}
			rec, err := recording.ReadFile(b.path)
			if err != nil {
				t.Fatal(err)
			}
			if got := places(rec); !slices.Equal(got, []string{"log:stdout:2 account plain"}) {
				t.Errorf("at %d by %d: found %q", at, size, got)
			}
			tail := out.last(10)
			if out.count() != 3 || len(tail) != 3 || tail[2] != "last" || len(tail[1]) > shownBytes+10 || strings.Contains(tail[1], account) {
				t.Errorf("at %d by %d: %d lines, tail of %d", at, size, out.count(), len(tail))
			}
		}
	}
}

func TestBinaryOutput(t *testing.T) {
	b := newBench(t, "true")
	r := rand.New(rand.NewPCG(3, 4))
	noise := make([]byte, 150<<10)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	out := feed(t, b, append(noise, "\n\x1b[31mred\x1b[0m \x00\a caf\xc3\n"...), 1000)
	tail := out.last(1)
	if tail[0] != "red  caf?" {
		t.Errorf("shown %q", tail)
	}
	if out.count() != bytes.Count(noise, []byte("\n"))+2 {
		t.Errorf("%d lines", out.count())
	}
}

func TestTail(t *testing.T) {
	b := newBench(t, "true")
	var text strings.Builder
	for i := range tailLines + 50 {
		fmt.Fprintf(&text, "line %d\r\n", i)
	}
	out := feed(t, b, []byte(text.String()), 100)
	tail := out.last(1000)
	if len(tail) != tailLines || tail[0] != "line 50" || tail[tailLines-1] != "line 249" {
		t.Errorf("%d lines, %q to %q", len(tail), tail[0], tail[len(tail)-1])
	}
	if got := out.last(2); !slices.Equal(got, []string{"line 248", "line 249"}) {
		t.Errorf("last two %q", got)
	}
}

// Log files count from where they stood; new ones, truncated ones and those put
// aside are read from their start.
func TestFollow(t *testing.T) {
	b := newBench(t, "true")
	b.Leaks.Watch(recording.KindAccount, account)
	b.Logs = []string{"logs/*.log", "[", "logs/sub"}
	dir := filepath.Join(b.Dir, "logs")
	path := func(name string) string { return filepath.Join(dir, name) }
	write(t, path("old.log"), "before "+account+"\nbefore\npart")
	write(t, path("cut.log"), "one\ntwo\nthree\n")
	write(t, path("away.log"), "one\n")
	write(t, path("sub/x"), "")
	out := &output{o: &b.Options}
	f := follow(&b.Options, out)
	add(t, path("old.log"), "ly\n"+account+"\n")
	add(t, path("away.log"), account+"\nrest")
	write(t, path("new.log"), "first\n"+account)
	waitFor(t, func() bool { return out.count() == 4 })
	write(t, path("cut.log"), account+"\n")
	if err := os.Rename(path("away.log"), path("away.1")); err != nil {
		t.Fatal(err)
	}
	write(t, path("away.log"), "fresh\n"+account+"\n")
	f.end()
	if err := b.Writer.Close("finished"); err != nil {
		t.Fatal(err)
	}
	rec, err := recording.ReadFile(b.path)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"log:logs/away.log:2 account plain", "log:logs/away.log:2 account plain", "log:logs/cut.log:1 account plain",
		"log:logs/new.log:2 account plain", "log:logs/old.log:4 account plain",
	}
	if got := places(rec); !slices.Equal(got, want) {
		t.Errorf("found %q\nwant  %q", got, want)
	}
	if out.count() != 9 {
		t.Errorf("%d lines: %q", out.count(), out.last(20))
	}
}

func add(t *testing.T, path, text string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := io.WriteString(file, text); err != nil {
		t.Fatal(err)
	}
}
