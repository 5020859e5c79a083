package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/proxy/recording"
)

// SignOff is a person's word for an item, given on the board. The name is their
// own word, and the outcome stays what the checks say.
type SignOff struct {
	Item    checks.Item    `json:"item"`
	By      string         `json:"by"`
	At      time.Time      `json:"at"`      // UTC
	Outcome checks.Outcome `json:"outcome"` // the item's as it stood then
	Remark  string         `json:"remark,omitempty"`
}

// SignOffs are those that stand at the end of the marks, in the checklist's
// order: a later one takes the place of one before, or takes it back.
func SignOffs(marks []*recording.Mark) []SignOff {
	stand := map[checks.Item]SignOff{}
	for _, m := range marks {
		if m.Kind != recording.MarkSigned {
			continue
		}
		item := checks.Item(m.Facts["item"])
		if m.Facts["withdrawn"] != "" {
			delete(stand, item)
			continue
		}
		s := SignOff{Item: item, By: m.Facts["by"], At: m.At.UTC(), Remark: m.Facts["remark"]}
		if s.Outcome.UnmarshalText([]byte(m.Facts["outcome"])) != nil {
			s.Outcome = checks.Inconclusive
		}
		stand[item] = s
	}
	var all []SignOff
	for _, l := range checks.Checklist {
		if s, ok := stand[l.Item]; ok {
			all = append(all, s)
		}
	}
	return all
}

// signedOff is the sign-off of an item; nil: there is none.
func (r *Report) signedOff(item checks.Item) *SignOff {
	at := slices.IndexFunc(r.Signed, func(s SignOff) bool { return s.Item == item })
	if at < 0 {
		return nil
	}
	return &r.Signed[at]
}

// then tells the outcome as it stood at the sign-off, where it is another now.
func (r *Report) then(s SignOff) string {
	at := slices.IndexFunc(r.Items, func(i Item) bool { return i.ID == s.Item })
	if at < 0 || r.Items[at].Outcome == s.Outcome {
		return ""
	}
	return s.Outcome.String() + " then"
}

// signer is a person and the items that they signed off: "INT-1 to INT-4, SEC-2".
type signer struct{ By, Items string }

// signers are the people in the order of their first item.
func (r *Report) signers() (all []signer) {
	for _, s := range r.Signed {
		if slices.ContainsFunc(all, func(o signer) bool { return o.By == s.By }) {
			continue
		}
		all = append(all, signer{s.By, strings.Join(r.signedBy(s.By), ", ")})
	}
	return all
}

// signedBy are the items that a person signed off, three and more of a section
// in a row as a range.
func (r *Report) signedBy(by string) (told []string) {
	var row []string
	end := func() {
		if len(row) > 2 {
			row = []string{row[0] + " to " + row[len(row)-1]}
		}
		told, row = append(told, row...), nil
	}
	section := checks.Section("")
	for _, l := range checks.Checklist {
		s := r.signedOff(l.Item)
		if l.Section != section || s == nil || s.By != by {
			end()
		}
		if section = l.Section; s != nil && s.By == by {
			row = append(row, string(l.Item))
		}
	}
	end()
	return told
}

// signed tells who signed off what, and a line for each item that there is more
// to tell of.
func (p *page) signed(r *Report) {
	if len(r.Signed) == 0 {
		return
	}
	p.title("Signed off on the board")
	for _, s := range r.signers() {
		p.wrap("  "+p.bold(s.By)+"  ", s.Items)
	}
	for _, s := range r.Signed {
		if more := beside(s.Remark, r.then(s)); more != "" {
			p.wrap("    "+p.id(pad(string(s.Item), 7))+"  ", more)
		}
	}
}

// beside joins a text and a remark on it; either may be empty.
func beside(text, remark string) string {
	if text == "" || remark == "" {
		return text + remark
	}
	return text + " (" + remark + ")"
}

// summarySigned tells the same in Markdown.
func summarySigned(w io.Writer, r *Report) {
	for _, s := range r.signers() {
		fmt.Fprintf(w, "\n**Signed off on the board** by %s: %s\n", plain(s.By), s.Items)
	}
	for n, s := range slices.DeleteFunc(slices.Clone(r.Signed), func(s SignOff) bool { return beside(s.Remark, r.then(s)) == "" }) {
		fmt.Fprintf(w, "%s- %s %s\n", "\n"[min(n, 1):], s.Item, plain(beside(s.Remark, r.then(s))))
	}
}

func summaryNotes(w io.Writer, r *Report) {
	if len(r.Notes) == 0 {
		return
	}
	fmt.Fprint(w, "\n<details><summary>Notes</summary>\n\n")
	for _, text := range r.Notes {
		fmt.Fprintf(w, "- %s\n", plain(text))
	}
	fmt.Fprint(w, "\n</details>\n")
}
