package checks

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"regexp"
	"slices"
	"strings"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
	"github.com/shopspring/decimal"
)

// money is one money field of a request, as its token stands there.
type money struct {
	*recording.Exchange
	name     string // "amount"; in a batch file "amount in row 3"
	token    string // the token without its quotes
	kind     string // "string", "number", "object", "array", "boolean"; "csv" in a batch file
	currency string // the currency beside it, upper case; "" when there is none
}

// inString reports whether the token can be looked at as digits: a JSON string
// or a field of a batch file.
func (m money) inString() bool { return m.kind == "string" || m.kind == "csv" }

// scale is how many digits the field's currency has; false when it is not known.
func (m money) scale() (int, bool) { return anton.Scale(m.currency) }

// sheet is the CSV that a batch upload carries, as the body or as a part of it.
func sheet(x *recording.Exchange) io.Reader {
	sent := bytes.NewReader(x.Request.Body.Bytes())
	kinds := x.Request.Header["Content-Type"]
	if len(kinds) == 0 {
		return sent
	}
	kind, p, err := mime.ParseMediaType(kinds[0])
	if err != nil || !strings.HasPrefix(kind, "multipart/") {
		return sent
	}
	parts := multipart.NewReader(sent, p["boundary"])
	for {
		part, err := parts.NextPart()
		if err != nil {
			return strings.NewReader("")
		}
		if part.FileName() != "" {
			return part
		}
	}
}

// moneyRows are the money fields of a batch file, by the names in its first row
// [A help 14127251].
func moneyRows(x *recording.Exchange, file io.Reader) []money {
	rows := csv.NewReader(file)
	rows.FieldsPerRecord, rows.LazyQuotes = -1, true
	var names []string
	var found []money
	for n := 1; ; n++ {
		row, err := rows.Read()
		if err != nil {
			return found
		}
		if names == nil {
			names = row
			names[0] = strings.TrimPrefix(names[0], "\ufeff") // spreadsheets put it there
			continue
		}
		for i, field := range row {
			if i < len(names) && field != "" && anton.MoneyFields[names[i]] != "" {
				found = append(found, money{
					Exchange: x, name: fmt.Sprintf("%s in row %d", names[i], n), token: field, kind: "csv",
					currency: strings.ToUpper(cell(names, row, anton.MoneyFields[names[i]])),
				})
			}
		}
	}
}

func cell(names, row []string, name string) string {
	if i := slices.Index(names, name); i >= 0 && i < len(row) {
		return row[i]
	}
	return ""
}

// plainDecimal are the spellings that can be compared as decimals without
// building a number of a billion digits.
var plainDecimal = regexp.MustCompile(`^[+-]?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,2})?$`)

// decimalOf reads a token or a fact as a decimal; false when it is none.
func decimalOf(s string) (decimal.Decimal, bool) {
	if !plainDecimal.MatchString(s) {
		return decimal.Decimal{}, false
	}
	d, err := decimal.NewFromString(s)
	return d, err == nil
}
