package recording

import (
	"bytes"
	"strings"
)

// money is the class of fields that hold amounts, rates and limits: their
// numbers stay as sent.
const money = "money"

// names are the classes of field names, written without separators in lower
// case: "accountNumber" and "account_number" are one.
var names = classes(map[string]string{
	KindName: "firstname lastname middlename fullname givenname familyname surname maidenname companyname legalname " +
		"displayname tradingname holdername accountholder accountholdername accountname cardholder cardholdername " +
		"beneficiaryname payeename recipientname contactname counterpartyname",
	KindEmail: "email emailaddress mail",
	KindPhone: "phone phonenumber mobile mobilenumber telephone msisdn fax",
	KindBirth: "dateofbirth birthdate birthday dob",
	KindAddress: "address city town postalcode postcode zip zipcode line1 line2 addressline addressline1 addressline2 " +
		"street enduserip",
	KindAccount: "accountnumber walletaddress clabe cbu cci pixkey upiid vpa destinationtag",
	KindRouting: "routingnumber sortcode abarouting abaroutingnumber bsb ifsc transitnumber institutionnumber " +
		"branchcode",
	KindIBAN:          "iban",
	KindCard:          "pan cardnumber cvv cvc cvv2 cvc2 securitycode",
	KindIdentity:      "taxid taxnumber nationalid ssn passportnumber idnumber documentnumber",
	KindWebhookSecret: "secret signingsecret webhooksecret",
	KindToken: "clientsecret password passphrase token accesstoken refreshtoken idtoken apikey apisecret privatekey " +
		"authorization clientassertion",
	money: "amount available held pending total totaldebited fee rate balance volume threshold limit price",
})

// endings are the names that also count at the end of a longer one
// ("beneficiary_account_number", "contactEmail").
var endings = strings.Fields("firstname lastname companyname legalname holdername email emailaddress phone phonenumber " +
	"dateofbirth postalcode accountnumber routingnumber sortcode walletaddress iban cardnumber signingsecret " +
	"clientsecret password accesstoken amount fee rate balance")

func classes(kinds map[string]string) map[string]string {
	all := map[string]string{}
	for kind, list := range kinds {
		for name := range strings.FieldsSeq(list) {
			all[name] = kind
		}
	}
	return all
}

// classify gives the kind of data that a field of this name holds, money, or
// "" when any text may stand there.
func classify(name []byte) string {
	plain := make([]byte, 0, 64)
	for _, c := range name {
		if alnum(c) {
			plain = append(plain, c|0x20)
		}
	}
	if kind, ok := names[string(plain)]; ok {
		return kind
	}
	if bytes.HasPrefix(plain, []byte("street")) {
		return KindAddress
	}
	for _, end := range endings {
		if bytes.HasSuffix(plain, []byte(end)) {
			return names[end]
		}
	}
	return ""
}

// field is what a sieve remembers of a field's name: a run meets few names, and
// meets them often.
type field struct {
	class string
	clean uint64 // state of known in which nothing in the name itself had to go; 0: none
}

// class is classify, remembered.
func (v *sieve) class(name []byte) string { return v.field(name).class }

func (v *sieve) field(name []byte) *field {
	if f := v.fields[string(name)]; f != nil {
		return f
	}
	f := &field{class: classify(name)}
	if len(v.fields) < 512 && len(name) <= 64 {
		v.fields[string(name)] = f
	}
	return f
}

// value appends what stands in a field of that class; changed is false, and
// nothing appended, when it stays as sent.
func (v *sieve) value(dst []byte, class string, s []byte) (out []byte, changed bool) {
	switch {
	case len(s) == 0:
		return dst, false
	case class == money && amount(s):
		return dst, false
	case class == money || class == "":
		return v.replace(dst, s)
	}
	return v.whole(dst, class, s), true
}

// amount reports whether a text is written like a number, however oddly.
func amount(s []byte) bool {
	for _, c := range s {
		if !digit(c) && bytes.IndexByte([]byte("+-.,eE _'"), c) < 0 {
			return false
		}
	}
	return true
}
