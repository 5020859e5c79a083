package board

import (
	"slices"
	"time"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/proxy/recording"
	"github.com/anton-payments/golive/reports"
)

// pace is how often the page changes at most; judging takes at most a fourth of
// the time.
const pace = 150 * time.Millisecond

// follow judges and draws what is new until the board is closed.
func (b *Board) follow() {
	var due time.Time // of the next judging
	for {
		select {
		case <-b.stop:
			return
		case <-b.dirty:
		}
		begun := b.now()
		late := !begun.Before(due)
		if late {
			b.judge()
			due = b.now().Add(3 * b.now().Sub(begun))
		}
		b.draw()
		if !b.rest() {
			return
		}
		if !late {
			b.touch()
		}
	}
}

// rest waits for the pace; false: the board was closed.
func (b *Board) rest() bool {
	over := time.NewTimer(pace)
	defer over.Stop()
	select {
	case <-over.C:
		return true
	case <-b.stop:
		return false
	}
}

// judge judges the recording so far, as if it ended here.
func (b *Board) judge() {
	b.mu.Lock()
	rec := b.rec
	final := b.final
	b.mu.Unlock()
	if final || rec.Open.Run == "" {
		return
	}
	rec.Exchanges, rec.Deliveries = slices.Clone(rec.Exchanges), slices.Clone(rec.Deliveries)
	rec.Sort()
	rec.Close = &recording.Close{Reason: "finished"}
	e, err := checks.EvidenceOf(&rec)
	if err != nil {
		return // a profile that this golive does not know: the run has said so
	}
	verdicts, err := checks.JudgeAll(checks.All(), e)
	if err != nil {
		return // a check that broke: the end of the run tells which
	}
	r := reports.New(&rec, "", verdicts)
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.final {
		b.report = r
	}
}
