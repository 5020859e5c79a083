package exercise

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"

	"github.com/anton-payments/golive/proxy/recording"
)

// person is somebody who exists for one operation only. Each datum is unique
// and recognisable, so it tells an operation's requests apart and shows where
// the app lets it out.
type person struct {
	FirstName, LastName, Email, Phone, DateOfBirth, Country string
	AccountNumber, RoutingNumber, IBAN                      string
}

func newPerson() person {
	first, last := "Q"+letters(7), "Z"+letters(8)
	account := digits(12)
	return person{
		FirstName:     first,
		LastName:      last,
		Email:         strings.ToLower(first+"."+last) + "@example.com",
		Phone:         "+1555" + digits(7),
		DateOfBirth:   fmt.Sprintf("19%s-0%d-1%d", between(50, 99), 1+number(9), number(9)),
		Country:       "US",
		AccountNumber: account,
		RoutingNumber: routing(digits(8)),
		IBAN:          iban("DE", digits(18)),
	}
}

// data are the person's values by kind, in a fixed order.
func (p person) data() [][2]string {
	return [][2]string{
		{recording.KindAccount, p.AccountNumber}, {recording.KindRouting, p.RoutingNumber},
		{recording.KindIBAN, p.IBAN}, {recording.KindName, p.FirstName}, {recording.KindName, p.LastName},
		{recording.KindEmail, p.Email}, {recording.KindPhone, p.Phone}, {recording.KindBirth, p.DateOfBirth},
	}
}

// Secrets makes the API key and the webhook secret that a run hands to the app:
// ak_test_ and 32 random characters, whsec_ and 64 hex digits.
func Secrets() (key, secret string) {
	const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	return "ak_test_" + pick(alphabet, 32), "whsec_" + pick("0123456789abcdef", 64)
}

// routing completes eight digits to an ABA routing number: weights 3, 7, 1.
func routing(eight string) string {
	sum := 0
	for i, c := range eight {
		sum += [...]int{3, 7, 1}[i%3] * int(c-'0')
	}
	return eight + fmt.Sprint((10-sum%10)%10)
}

// iban puts the check digits of ISO 13616 before a basic account number.
func iban(country, bban string) string {
	var number strings.Builder
	for _, c := range bban + country + "00" {
		if c >= 'A' {
			fmt.Fprint(&number, int(c-'A')+10)
			continue
		}
		number.WriteRune(c)
	}
	n, _ := new(big.Int).SetString(number.String(), 10)
	rest := new(big.Int).Mod(n, big.NewInt(97)).Int64()
	return fmt.Sprintf("%s%02d%s", country, 98-rest, bban)
}

func letters(n int) string { return pick("bcdfghjklmnpqrstvwxz", n) }

// digits never begin with zero: a number with a leading zero would change when
// an app stores it as one.
func digits(n int) string { return pick("123456789", 1) + pick("0123456789", n-1) }

func between(low, high int) string { return fmt.Sprint(low + number(high-low+1)) }

func pick(alphabet string, n int) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = alphabet[number(len(alphabet))]
	}
	return string(out)
}

func number(below int) int {
	n, err := rand.Int(rand.Reader, big.NewInt(int64(below)))
	if err != nil {
		panic(err) // crypto/rand does not fail on any system Go supports
	}
	return int(n.Int64())
}
