package checks

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// reasons are why payouts came to nothing, the most frequent first.
func reasons(paid []payout) string {
	count := map[string]int{}
	for _, p := range paid {
		if p.reason != "" {
			count[discreet(p.reason)]++
		}
	}
	var all []string
	for reason, n := range count {
		all = append(all, fmt.Sprintf("%06d%s%s", 1_000_000-n, reason, times(n)))
	}
	slices.Sort(all)
	for i := range all {
		all[i] = all[i][6:]
	}
	if len(all) == 0 {
		return ""
	}
	return ": " + strings.Join(all[:min(3, len(all))], ", ")
}

// discreet is a bank's reason without what may be an account or an address.
func discreet(reason string) string {
	words := strings.Fields(reason)
	for i, word := range words {
		digits := 0
		for _, r := range word {
			if unicode.IsDigit(r) {
				digits++
			}
		}
		if digits > 3 || strings.Contains(word, "@") {
			words[i] = "…"
		}
	}
	return strings.Join(words, " ")
}
