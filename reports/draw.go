package reports

import (
	"slices"
	"strings"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/proxy/recording"
)

// draw are the pictures of an exercise as a check looks at it: keys as a sequence
// of messages, retries on a time axis. None where words tell it better.
func draw(f checks.Facts, x recording.Exercise, v *Verdict) []drawing {
	family, _, _ := strings.Cut(v.Check, "-")
	var all []drawing
	for _, t := range f.Timelines {
		switch {
		case t.Exercise != x:
		case family == "idempotency", family == "retry" && (x == recording.LostResponse || x == recording.ResetBeforeSend):
			all = append(all, sequence(x, laneOf(t, v)))
		case family == "retry":
			all = append(all, timeline(t))
			if t.Curve != nil {
				all = append(all, curve(t))
			}
		}
	}
	for n, w := range f.Walks {
		if w.Exercise == x && family == "pagination" {
			all = append(all, pages(w, n+1))
		}
	}
	if x == recording.Statuses && len(f.Words) > 0 && family == "status" {
		all = append(all, lifecycle(f.Words))
	}
	for _, s := range f.Volleys {
		if s.Exercise == x && (family == "webhook" || family == "signature") {
			all = append(all, volley(s))
		}
	}
	return all
}

// laneOf is the operation that a check found a departure in, else the first.
func laneOf(t checks.Timeline, v *Verdict) checks.Lane {
	for _, f := range v.Findings {
		at := slices.IndexFunc(t.Lanes, func(l checks.Lane) bool {
			return slices.ContainsFunc(l.Attempts, func(a checks.Attempt) bool { return a.Ref == f.Ref })
		})
		if at >= 0 {
			return t.Lanes[at]
		}
	}
	return t.Lanes[0]
}
