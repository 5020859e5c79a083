package checks

import (
	"fmt"
	"strings"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// tally gathers departures that read alike, so that a habit is told once, at
// its first place with its count, and not a hundred times. The zero value is
// empty and ready.
type tally struct {
	order []string
	first map[string]Referrer
	count map[string]int
}

func (l *tally) add(r Referrer, seen string) {
	if l.first == nil {
		l.first, l.count = map[string]Referrer{}, map[string]int{}
	}
	if l.first[seen] == nil {
		l.first[seen] = r
		l.order = append(l.order, seen)
	}
	l.count[seen]++
}

// fail notes each of them as a departure from what was wanted.
func (l *tally) fail(t *Trial, wanted string) {
	for _, seen := range l.order {
		t.Failf(l.first[seen], "%s%s, want %s", seen, times(l.count[seen]), wanted)
	}
}

// advise notes each of them as advice.
func (l *tally) advise(t *Trial, wanted string) {
	for _, seen := range l.order {
		t.Advisef(l.first[seen], "%s%s, want %s", seen, times(l.count[seen]), wanted)
	}
}

func times(n int) string {
	if n == 1 {
		return ""
	}
	return fmt.Sprintf(" (%d times)", n)
}

// success reports a 2xx.
func success(status int) bool { return status >= 200 && status <= 299 }

// unearned reports whether a delivery found no app through the harness's own
// doing: it had killed or stopped the app, or the run was broken off.
func (e *Evidence) unearned(d *recording.Delivery) bool {
	if d.Response != nil {
		return false
	}
	for i, m := range e.Marks {
		before, ends := gone(m)
		if ends && d.End.After(m.At.Add(-before)) && !e.readyBefore(i, d) {
			return true
		}
	}
	return strings.HasSuffix(d.Error, "context canceled")
}

// gone tells of a mark that the harness ended the app, and how long before it
// the app may have been gone: a kill is marked once it is done, a stop after
// the 5 s that the app has to end by itself.
func gone(m *recording.Mark) (before time.Duration, ends bool) {
	switch m.Kind {
	case recording.MarkKilled:
		return time.Second, true
	case recording.MarkOutput:
		return 6 * time.Second, true
	}
	return 0, false
}

// readyBefore reports whether the app was ready again, after the i-th mark,
// before a delivery set out.
func (e *Evidence) readyBefore(i int, d *recording.Delivery) bool {
	for _, m := range e.Marks[i:] {
		if m.Kind == recording.MarkReady {
			return !m.At.After(d.Start)
		}
	}
	return false
}

// told is the last answer of an action for an operation at a moment, and for a
// delivery; "" means any. nil when it gave none.
func (e *Evidence) told(action, operation, when, delivery string) *recording.Mark {
	var last *recording.Mark
	for _, m := range e.Actions(action, operation) {
		if when != "" && m.Facts["when"] != when || delivery != "" && m.Facts["delivery"] != delivery {
			continue
		}
		if m.Facts["value"] != "" && m.Facts["error"] == "" {
			last = m
		}
	}
	return last
}

// effect is what status and effects said before and after deliveries.
type effect struct {
	compared      []*recording.Mark // the answers after, that had one before
	before, after *recording.Mark   // the first that differ; nil: nothing changed
}

// String tells the change.
func (f effect) String() string {
	if f.after.Facts["action"] != "status" {
		return f.after.Facts["action"] + " changed"
	}
	return fmt.Sprintf("status went from %q to %q", f.before.Facts["value"], f.after.Facts["value"])
}

// effect compares status and effects of an operation before and after; delivery
// narrows it to the answers around that one, "" takes any.
func (e *Evidence) effect(operation, delivery string) effect {
	var f effect
	if operation == "" && delivery == "" {
		return f
	}
	for _, action := range []string{"status", "effects"} {
		was, is := e.told(action, operation, "before", delivery), e.told(action, operation, "after", delivery)
		if was == nil || is == nil {
			continue
		}
		f.compared = append(f.compared, is)
		same := was.Facts["value"] == is.Facts["value"] && was.Facts["code"] == is.Facts["code"]
		if !same && f.after == nil {
			f.before, f.after = was, is
		}
	}
	return f
}
