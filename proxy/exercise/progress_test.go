package exercise

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// glass is what a terminal shows of what was written to it: as much of one as
// the screen asks for, and no more.
func glass(t *testing.T, written string) string {
	t.Helper()
	rows, at := []string{""}, 0
	up := regexp.MustCompile(`^\x1b\[(\d+)A`)
	for written != "" {
		switch {
		case up.MatchString(written):
			m := up.FindStringSubmatch(written)
			n, _ := strconv.Atoi(m[1])
			if at -= n; at < 0 {
				t.Fatalf("the cursor went above the first row")
			}
			written = written[len(m[0]):]
		case strings.HasPrefix(written, "\r\x1b[J"):
			rows = append(rows[:at], "")
			written = written[len("\r\x1b[J"):]
		case written[0] == '\n':
			rows, at = append(rows[:at+1], ""), at+1
			written = written[1:]
		case written[0] == '\x1b' || written[0] == '\r':
			t.Fatalf("unexpected %q", written[:min(8, len(written))])
		default:
			end := strings.IndexAny(written, "\n\r\x1b")
			if end < 0 {
				end = len(written)
			}
			rows[at] += written[:end]
			written = written[end:]
		}
	}
	return strings.Join(rows, "\n")
}

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// underWay is a run six seconds after its first exercises began.
func underWay() *progress {
	now := noon
	p := &progress{now: func() time.Time { return now }}
	p.plan([]*Exercise{
		{Name: recording.Pay, Title: "plain payouts", Phase: First, Lasts: 3 * time.Second},
		{Name: recording.ServerError, Title: "three 5xx answers, then success", Phase: Together, Lasts: 15 * time.Second},
		{Name: recording.TrapAmounts, Title: "amounts that floats get wrong", Phase: Together, Lasts: 4 * time.Second},
		{Name: recording.Alert, Title: "a failed payout that somebody is told of", Phase: Alone, Lasts: 4 * time.Second},
		{Name: recording.RateLimited, Title: "429 with Retry-After", Phase: Alone, Lasts: 13 * time.Second},
	})
	p.turn(recording.Pay, Running, "")
	p.turn(recording.Pay, Done, "")
	p.turn(recording.Alert, LeftOut, "not called for")
	p.turn(recording.ServerError, Running, "")
	p.turn(recording.TrapAmounts, Running, "")
	p.wait(recording.ServerError, "GLX-003", "the answer of pay", time.Minute)
	p.wait(recording.ServerError, "GLX-004", "a retry", 15*time.Second)
	p.wait(recording.ServerError, "GLX-005", "a retry", 20*time.Second)()
	p.wait(recording.ServerError, "GLX-006", "a retry", 20*time.Second)
	p.wait(recording.TrapAmounts, "GLX-007", "the operation to hold still", 8*time.Second)
	now = noon.Add(6 * time.Second)
	return p
}

func TestLiveLines(t *testing.T) {
	for _, c := range []struct {
		columns, rows int
		want          string
	}{
		{140, 40, `
▸ server-error             three 5xx answers, then success                  9 s left   waits for a retry (GLX-006 and 1 more)
▸ trap-amounts             amounts that floats get wrong                    2 s left   waits for the operation to hold still (GLX-007)
  2 of 5 exercises done, about 22 s left`},
		{80, 24, `
▸ server-error             9 s left   waits for a retry (GLX-006 and 1 more)
▸ trap-amounts             2 s left   waits for the operation to hold still (G…
  2 of 5 exercises done, about 22 s left`},
		{40, 4, `
▸ server-error             9 s left   …
  and 1 more
  2 of 5 exercises done, about 22 s le…`},
	} {
		got := "\n" + strings.Join(underWay().lines(noon.Add(6*time.Second), c.columns, c.rows), "\n")
		if got != c.want {
			t.Errorf("%d columns, %d rows:%s\nwant%s", c.columns, c.rows, got, c.want)
		}
	}
}

// Lines that stay come above the live ones, which are replaced and in the end gone.
func TestScreen(t *testing.T) {
	var out bytes.Buffer
	s := &screen{out: &out, size: func() (int, int) { return 80, 24 }}
	s.say("plan: 2 exercises")
	s.draw([]string{"▸ pay", "  0 of 2"})
	s.draw([]string{"▸ pay  waits for a retry", "▸ pages", "  0 of 2"})
	s.say("✓ pay: plain payouts (0.3 s)\n")
	s.draw([]string{"▸ pages", "  1 of 2"})
	if got, want := glass(t, out.String()), "plan: 2 exercises\n✓ pay: plain payouts (0.3 s)\n▸ pages\n  1 of 2\n"; got != want {
		t.Errorf("the terminal shows\n%s\nwant\n%s", got, want)
	}
	size := out.Len()
	if s.draw([]string{"▸ pages", "  1 of 2"}); out.Len() != size {
		t.Error("equal lines were drawn again")
	}
	s.draw(nil)
	if got, want := glass(t, out.String()), "plan: 2 exercises\n✓ pay: plain payouts (0.3 s)\n"; got != want {
		t.Errorf("in the end the terminal shows\n%s\nwant\n%s", got, want)
	}
}

func TestScreenElsewhere(t *testing.T) {
	var out bytes.Buffer
	plain := &screen{out: &out}
	stop := plain.live(t.Context(), underWay())
	plain.say("▸ pay: plain payouts")
	stop()
	if got := out.String(); got != "▸ pay: plain payouts\n" {
		t.Errorf("beside a terminal: %q, want plain lines alone", got)
	}
	silent := &screen{size: func() (int, int) { return 80, 24 }}
	silent.live(t.Context(), underWay())()
	silent.say("anything") // and nobody hears
}

// live draws at once, and leaves nothing when it is stopped, twice or not.
func TestScreenLive(t *testing.T) {
	var out bytes.Buffer
	s := &screen{out: &out, size: func() (int, int) { return 80, 24 }}
	p := underWay()
	stop := s.live(t.Context(), p)
	stop()
	stop()
	if text := out.String(); !strings.Contains(text, "▸ server-error") || glass(t, text) != "" {
		t.Errorf("%q: want the live lines, and then none", text)
	}
}

// Whoever listens is told each change once, also when many come at once.
func TestProgressTells(t *testing.T) {
	var told []string
	p := &progress{now: func() time.Time { return noon }, tell: func(s Step) { told = append(told, s.State+" "+s.Waits) }}
	p.plan([]*Exercise{{Name: recording.Pay, Title: "plain payouts", Lasts: time.Second}})
	p.turn(recording.Pay, Running, "")
	done := p.wait(recording.Pay, "", "the end", time.Second)
	p.turn(recording.Pay, Running, "")
	done()
	if want := []string{"planned ", "running ", "running the end", "running "}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() { p.wait(recording.Pay, "GLX-001", "a retry", time.Second)() })
	}
	all.Wait()
	if s := p.all()[0]; s.Waits != "" || s.State != Running {
		t.Errorf("in the end %+v, want no wait", s)
	}
}

// What drains an account comes when nobody needs it any more: an app of one
// currency has no other.
func TestExactBalanceIsLast(t *testing.T) {
	all := Plan(nil)
	if last := all[len(all)-1]; last.Name != recording.ExactBalance {
		t.Errorf("the plan ends with %s", last.Name)
	}
}
