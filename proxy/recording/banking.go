package recording

// lengths are the lengths of IBANs by country (ISO 13616 registry).
var lengths = func() map[string]int {
	const table = "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18FO18" +
		"FR27GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24" +
		"ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25" +
		"SV28TL23TN24TR26UA29VA22VG24XK20YE30"
	all := map[string]int{}
	for i := 0; i < len(table); i += 4 {
		all[table[i:i+2]] = int(table[i+2]-'0')*10 + int(table[i+3]-'0')
	}
	return all
}()

// iban is the IBAN that begins at i: two letters, two check digits, the
// country's length, in one piece or in groups of four, and right by mod 97.
func iban(s []byte, i int) (to int, ok bool) {
	if i+15 > len(s) || !letter(s[i]) || !letter(s[i+1]) || !digit(s[i+3]) || !opens(s, i) || named(s, i) {
		return 0, false
	}
	length := lengths[string([]byte{upper(s[i]), upper(s[i+1])})]
	to, ok = grouped(s, i, length)
	if length == 0 || !ok || !closes(s, to) {
		return 0, false
	}
	rest := 0
	for _, part := range [][]byte{s[i+4 : to], s[i : i+4]} {
		for _, c := range part {
			switch {
			case digit(c):
				rest = (rest*10 + int(c-'0')) % 97
			case letter(c):
				rest = (rest*100 + int(upper(c)-'A') + 10) % 97
			}
		}
	}
	return to, rest == 1
}

// grouped is the end of n letters and digits from i, in one piece or in groups
// of four with one blank or dash between them.
func grouped(s []byte, i, n int) (to int, ok bool) {
	var separator byte
	if i+4 < len(s) && (s[i+4] == ' ' || s[i+4] == '-') {
		separator = s[i+4]
	}
	for seen := 0; seen < n; i++ {
		if separator != 0 && seen > 0 && seen%4 == 0 {
			if i >= len(s) || s[i] != separator {
				return 0, false
			}
			i++
		}
		if i >= len(s) || !alnum(s[i]) {
			return 0, false
		}
		seen++
	}
	return i, true
}

// layouts are how card numbers are printed.
var layouts = [][]int{{4, 4, 4, 4, 3}, {4, 4, 4, 4}, {4, 6, 5}, {4, 6, 4}}

// card is the card number that begins at i: 13 to 19 digits in one piece or in
// a printed layout, of a bank's issuer range (2 to 6), right by Luhn, and not
// part of something longer.
func card(s []byte, i int) (to int, ok bool) {
	if i+13 > len(s) || s[i] < '2' || s[i] > '6' || !opens(s, i) || named(s, i) {
		return 0, false
	}
	run := i
	for run < len(s) && digit(s[run]) {
		run++
	}
	if n := run - i; n != 4 {
		return run, n >= 13 && n <= 19 && closes(s, run) && luhn(s[i:run])
	}
	if s[run] == '-' && i > 1 && s[i-1] == '-' && alnum(s[i-2]) {
		return 0, false // a later group of something longer
	}
	for _, groups := range layouts {
		to, ok := laid(s, i, groups)
		if ok && luhn(s[i:to]) {
			return to, true
		}
	}
	return 0, false
}

// laid is the end of groups of digits from i, one blank or one dash between
// them throughout.
func laid(s []byte, i int, groups []int) (to int, ok bool) {
	separator := s[i+4]
	if separator != ' ' && separator != '-' {
		return 0, false
	}
	for g, n := range groups {
		if g > 0 {
			if i >= len(s) || s[i] != separator {
				return 0, false
			}
			i++
		}
		for range n {
			if i >= len(s) || !digit(s[i]) {
				return 0, false
			}
			i++
		}
	}
	longer := separator == '-' && i+1 < len(s) && s[i] == '-' && alnum(s[i+1])
	return i, closes(s, i) && !longer
}

func luhn(s []byte) bool {
	sum, double := 0, false
	for i := len(s) - 1; i >= 0; i-- {
		if !digit(s[i]) {
			continue
		}
		d := int(s[i] - '0')
		if double {
			d *= 2
		}
		sum += d/10 + d%10
		double = !double
	}
	return sum%10 == 0
}
