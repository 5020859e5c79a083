package exercise

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/term"
)

// Terminal gives the size of a terminal, each time anew; nil when f is none, or
// one that cannot move its cursor.
func Terminal(f *os.File) func() (columns, rows int) {
	if os.Getenv("TERM") == "dumb" || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return func() (columns, rows int) {
		columns, rows, err := term.GetSize(int(f.Fd()))
		if err != nil || columns < 20 || rows < 4 {
			return 80, 24
		}
		return columns, rows
	}
}

// screen is where a run is narrated: lines that stay, and on a terminal below
// them one live line for each exercise that runs. The zero value is silent.
type screen struct {
	out  io.Writer
	size func() (columns, rows int) // nil: no terminal, no live lines

	mu    sync.Mutex
	lines []string // the live lines that are shown
}

// say writes a line that stays.
func (s *screen) say(text string) {
	if s.out == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = io.WriteString(s.out, s.above()+strings.TrimRight(text, "\n")+"\n"+below(s.lines))
}

// draw replaces the live lines.
func (s *screen) draw(lines []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.out == nil || strings.Join(lines, "\n") == strings.Join(s.lines, "\n") {
		return
	}
	text := s.above() + below(lines)
	s.lines = lines
	_, _ = io.WriteString(s.out, text)
}

// above goes to the first live line and clears the screen from there.
func (s *screen) above() string {
	if len(s.lines) == 0 {
		return ""
	}
	return fmt.Sprintf("\x1b[%dA\r\x1b[J", len(s.lines))
}

func below(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(lines, "\n") + "\n"
}

// live redraws until stop is called; then the live lines are gone.
func (s *screen) live(ctx context.Context, p *progress) (stop func()) {
	if s.out == nil || s.size == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var drawing sync.WaitGroup
	drawing.Go(func() {
		again := time.NewTicker(200 * time.Millisecond)
		defer again.Stop()
		for {
			columns, rows := s.size()
			s.draw(p.lines(p.now(), columns, rows))
			select {
			case <-again.C:
			case <-ctx.Done():
				s.draw(nil)
				return
			}
		}
	})
	return func() { cancel(); drawing.Wait() }
}

// lines are a line for each running exercise and one for the whole plan, none
// wider than the terminal, and no more than leave it half its rows.
func (p *progress) lines(now time.Time, columns, rows int) (lines []string) {
	running := 0
	for _, s := range p.all() {
		if s.State != Running {
			continue
		}
		if running++; running < rows/2 {
			lines = append(lines, short(s.line(now, columns), columns-1))
		}
	}
	if hidden := running - len(lines); hidden > 0 {
		lines = append(lines, fmt.Sprintf("  and %d more", hidden))
	}
	done, total, left := p.remaining(now)
	return append(lines, short(fmt.Sprintf("  %d of %d exercises done, about %s left", done, total, span(left)), columns-1))
}

// line is one running exercise: name, title where there is room, time left, what
// it waits for: that may be cut.
func (s Step) line(now time.Time, columns int) string {
	text := fmt.Sprintf("▸ %-24s", s.Name)
	if columns >= 140 {
		text += fmt.Sprintf(" %-48s", s.Title)
	}
	left, waits := "", ""
	if d := s.left(now); d > 0 {
		left = span(d) + " left"
	}
	if s.Waits != "" {
		waits = "waits for " + s.Waits
	}
	return strings.TrimRight(fmt.Sprintf("%s %-9s  %s", text, left, waits), " ")
}

// span is a time in whole seconds, minutes where there are many.
func span(d time.Duration) string {
	s := int((d + time.Second - 1) / time.Second)
	if s >= 100 {
		return fmt.Sprintf("%d min %d s", s/60, s%60)
	}
	return fmt.Sprintf("%d s", s)
}

func short(text string, columns int) string {
	if utf8.RuneCountInString(text) <= columns {
		return text
	}
	return string([]rune(text)[:columns-1]) + "…"
}
