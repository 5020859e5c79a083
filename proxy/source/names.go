package source

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// Parts of a name that speak of money, those that may as well speak of a number
// of things, and those that say that it is about something else after all:
// totalPages, feePercent, amount_cents.
var (
	ofMoney = []string{
		"amount", "amounts", "amt", "price", "prices", "subtotal", "balance", "balances", "fee", "fees", "money",
		"payout", "salary", "refund", "cost", "costs",
	}
	ofTotal = []string{"total", "totals"}
	ofOther = []string{
		"count", "counts", "number", "page", "pages", "items", "rows", "records", "results", "requests", "attempts", "retries",
		"size", "length", "len", "width", "height", "index", "idx", "id", "ids", "rate", "ratio", "percent", "percentage", "pct",
		"factor", "ms", "seconds", "secs", "minutes", "hours", "days", "time", "timeout", "delay", "duration", "bytes", "memory",
		"load", "weight", "score", "scores", "version", "status", "bps", "points", "precision", "decimals", "digits", "scale",
		"cents", "minor", "pence", "units", "progress", "share", "interval", "limit", "port", "buckets", "histogram", "seed",
	}
)

// speakOfMoney are the words without one of which a file is about something else.
var speakOfMoney = append([]string{"currency", "invoice", "payment"}, ofMoney...)

// anyMoney are the words without one of which a line is about something else.
var anyMoney = append(append([]string{}, ofMoney...), ofTotal...)

// mentions reports whether one of the words is in a text in lower case.
func mentions(lower []byte, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return bytes.Contains(lower, []byte(w)) })
}

var (
	chained  = regexp.MustCompile(`[A-Za-z_]\w*(?:(?:\.|\?\.|->|::)[A-Za-z_]\w*)*`)
	splitter = regexp.MustCompile(`\.|\?\.|->|::`)
	counting = regexp.MustCompile(`(^|[^.\w>])(?:len|count|sizeof|size|length|strlen)\s*\([^()]*\)`)
)

// money reports whether a piece of code has a name of money in it. total: a name
// may be that of a sum, which as well may be a number of things.
func money(code string, total bool) bool {
	code = counting.ReplaceAllString(code, "$1")
	return slices.ContainsFunc(chained.FindAllString(code, -1), func(chain string) bool { return moneyChain(chain, total) })
}

// moneyChain looks at order.amount, or amounts.length, which is about something
// else.
func moneyChain(chain string, total bool) bool {
	members := splitter.Split(chain, -1)
	if about(members[len(members)-1], ofOther) {
		return false
	}
	return slices.ContainsFunc(members, func(name string) bool {
		return !about(name, ofOther) && (about(name, ofMoney) || total && slices.Contains(ofTotal, last(name)))
	})
}

// about reports whether one of a name's parts is among the words.
func about(name string, words []string) bool {
	return slices.ContainsFunc(parts(name), func(p string) bool { return slices.Contains(words, p) })
}

// last is a name's last part: of lineTotal, not of totalLoad, it is total.
func last(name string) string {
	all := parts(name)
	return all[len(all)-1]
}

// parts are the words of a name, in lower case: lineTotal, LINE_TOTAL, line_total
// and HTTPTotal have total for the last.
func parts(name string) []string {
	var all []string
	begin := 0
	for i := range len(name) {
		edge := i > 0 && upper(name[i]) && (!upper(name[i-1]) || i+1 < len(name) && lower(name[i+1]))
		if edge || name[i] == '_' {
			all = append(all, name[begin:i])
			begin = i
		}
	}
	all = append(all, name[begin:])
	for i, p := range all {
		all[i] = strings.ToLower(strings.Trim(p, "_0123456789"))
	}
	return all
}

func upper(c byte) bool { return 'A' <= c && c <= 'Z' }
func lower(c byte) bool { return 'a' <= c && c <= 'z' }
