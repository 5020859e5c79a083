package app

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"github.com/anton-payments/golive/proxy/recording"
)

// Bounds of a line, in bytes. A longer line is searched in pieces that overlap
// by more than any canary is long, and shown from its beginning.
const (
	pieceBytes   = 64 << 10
	overlapBytes = 4 << 10
	shownBytes   = 4 << 10
	tailLines    = 200
)

// output is all that the app writes, over all its starts.
type output struct {
	o     *Options
	mu    sync.Mutex
	lines int
	tail  []string // the last tailLines lines, scrubbed
}

// stream is one source of lines: "stdout", "stderr" or a log file. It is an
// io.Writer that never fails: an app must not feel that it is listened to.
type stream struct {
	out  *output
	name string
	mu   sync.Mutex
	n    int    // whole lines so far
	part []byte // the line that has no end yet, or the last piece of it
	head string // how a line of many pieces begins, scrubbed
	seen map[Leak]bool
}

func (s *stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	written := len(p)
	for {
		line, rest, found := bytes.Cut(p, []byte{'\n'})
		s.part = append(s.part, line...)
		if !found {
			break
		}
		s.end()
		p = rest
	}
	if len(s.part) >= pieceBytes {
		s.piece()
	}
	return written, nil
}

// flush ends a last line that has no line feed.
func (s *stream) flush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.part) > 0 {
		s.end()
	}
}

// piece searches what there is of a long line, and keeps its end.
func (s *stream) piece() {
	s.search()
	if s.head == "" {
		s.head = s.out.clean(s.part) + " …"
	}
	s.part = append(s.part[:0], s.part[len(s.part)-overlapBytes:]...)
}

func (s *stream) end() {
	s.search()
	text := s.head
	if text == "" {
		text = s.out.clean(s.part)
	}
	s.n++
	s.part, s.head, s.seen = s.part[:0], "", nil
	s.out.show(text)
}

// search records each kind and encoding once a line.
func (s *stream) search() {
	o := s.out.o
	if o.Leaks == nil {
		return
	}
	for _, leak := range o.Leaks.Search(s.part) {
		if s.seen[leak] {
			continue
		}
		if s.seen == nil {
			s.seen = map[Leak]bool{}
		}
		s.seen[leak] = true
		if o.Writer == nil {
			continue
		}
		// A writer that cannot write ends the run by itself.
		_ = o.Writer.Append(recording.Event{Finding: &recording.Finding{
			Place: "log:" + s.name + ":" + strconv.Itoa(s.n+1), Kind: leak.Kind, Encoding: leak.Encoding, At: o.Writer.Now(),
		}})
	}
}

var escapes = regexp.MustCompile("\x1b\\[[0-9;?]*[ -/]*[@-~]")

// clean is a line as it may be shown: without control characters, secrets and
// personal data, and cut to shownBytes.
func (out *output) clean(line []byte) string {
	if len(line) > 2*shownBytes {
		line = line[:2*shownBytes]
	}
	text := strings.ToValidUTF8(escapes.ReplaceAllString(string(line), ""), "?")
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' {
			return -1
		}
		return r
	}, text)
	if out.o.Scrub != nil {
		text = out.o.Scrub.Text(text)
	}
	if len(text) > shownBytes {
		text = strings.ToValidUTF8(text[:shownBytes], "") + " …"
	}
	return text
}

func (out *output) show(text string) {
	out.mu.Lock()
	defer out.mu.Unlock()
	out.lines++
	if len(out.tail) == tailLines {
		out.tail = append(out.tail[:0], out.tail[1:]...)
	}
	out.tail = append(out.tail, text)
	if out.o.Echo != nil {
		fmt.Fprintf(out.o.Echo, "app | %s\n", text)
	}
}

// last are the last n lines, oldest first.
func (out *output) last(n int) []string {
	out.mu.Lock()
	defer out.mu.Unlock()
	return append([]string(nil), out.tail[max(len(out.tail)-n, 0):]...)
}

func (out *output) count() int {
	out.mu.Lock()
	defer out.mu.Unlock()
	return out.lines
}
