package board

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/proxy/recording"
	"github.com/anton-payments/golive/reports"
)

// waive puts a waiver's file into the recording; whether it holds is for the
// report to say, which shows with the next judging.
func waive(_ *Board, h *Hands, form func(string) string) (string, error) {
	if h.Waive == nil {
		return "", errors.New("no waiver can be loaded in this run")
	}
	text, item, err := reports.ReadWaiver(form("waiver"))
	if err != nil {
		return "", fmt.Errorf("that is no waiver: %w", err)
	}
	return "waiver of " + string(item) + " loaded", h.Waive(cmp.Or(form("file"), string(item)+".waiver.json"), text)
}

// waiversOf are the waivers about an item, as they were judged last; "" gives
// those that are about none.
func (b *Board) waiversOf(item checks.Item) (holding, refused []reports.Waiver) {
	if b.report == nil {
		return nil, nil
	}
	for _, w := range b.report.Waivers {
		switch {
		case (w.Grant == nil) != (item == "") || w.Grant != nil && w.Grant.Item != item:
		case w.Refused == "":
			holding = append(holding, w)
		default:
			refused = append(refused, w)
		}
	}
	return holding, refused
}

// waived is that an item need not pass: the waiver that says so; nil: it must.
func (b *Board) waived(i checks.Item) *reports.Waiver {
	if b.report == nil {
		return nil
	}
	return b.report.WaiverOf(i)
}

// loaded is a waiver that was read, for the row that tells of it.
func (b *Board) loaded(w *recording.Waiver) row {
	return row{Ref: fmt.Sprint("w", len(b.rec.Waivers)), Kind: "mark", At: b.since(w.At), What: "waiver loaded", Note: w.File}
}

// describeWaiver shows a waiver by the ref of its row.
func (b *Board) describeWaiver(ref string) (d markDetail, ok bool) {
	for n, w := range b.rec.Waivers {
		if ref != fmt.Sprint("w", n+1) {
			continue
		}
		d = markDetail{ref, b.since(w.At), "waiver", []fact{{"file", w.File}}}
		if b.report == nil {
			return d, true
		}
		for _, told := range b.report.Waivers {
			if told.File == w.File {
				d.Facts = append(d.Facts, factsOf(told)...)
			}
		}
		return d, true
	}
	return d, false
}

func factsOf(w reports.Waiver) []fact {
	all := []fact{{"refused", w.Refused}}
	if g := w.Grant; g != nil {
		all = append(all, fact{"item", string(g.Item)}, fact{"reason", g.Reason}, fact{"asked for by", g.Requester},
			fact{"approved by", g.Approver}, fact{"until", g.Until})
	}
	return all
}
