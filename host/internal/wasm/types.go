package wasm

import "strconv"

// ValueType is the one-byte encoding of a value type.
type ValueType byte

// The value types of core 2.0, and exnref of exception handling.
const (
	I32       ValueType = 0x7f
	I64       ValueType = 0x7e
	F32       ValueType = 0x7d
	F64       ValueType = 0x7c
	V128      ValueType = 0x7b
	Funcref   ValueType = 0x70
	Externref ValueType = 0x6f
	Exnref    ValueType = 0x69
)

// String gives the type's name in the text format.
func (t ValueType) String() string {
	switch t {
	case I32:
		return "i32"
	case I64:
		return "i64"
	case F32:
		return "f32"
	case F64:
		return "f64"
	case V128:
		return "v128"
	case Funcref:
		return "funcref"
	case Externref:
		return "externref"
	case Exnref:
		return "exnref"
	}
	return "valuetype(0x" + strconv.FormatUint(uint64(t), 16) + ")"
}

// IsRef reports whether values of the type are references.
func (t ValueType) IsRef() bool { return t == Funcref || t == Externref || t == Exnref }

// FuncType is a function's signature.
type FuncType struct {
	Params, Results []ValueType
}

// Equal reports whether two signatures are the same.
func (t FuncType) Equal(u FuncType) bool {
	return sameTypes(t.Params, u.Params) && sameTypes(t.Results, u.Results)
}

func sameTypes(a, b []ValueType) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// ExternKind is what an import or export is.
type ExternKind byte

// The kinds of imports and exports.
const (
	KindFunc   ExternKind = 0
	KindTable  ExternKind = 1
	KindMemory ExternKind = 2
	KindGlobal ExternKind = 3
	KindTag    ExternKind = 4
)

// String gives the kind's name in the text format.
func (k ExternKind) String() string {
	switch k {
	case KindFunc:
		return "func"
	case KindTable:
		return "table"
	case KindMemory:
		return "memory"
	case KindGlobal:
		return "global"
	case KindTag:
		return "tag"
	}
	return "kind(" + strconv.Itoa(int(k)) + ")"
}

// SectionID is the number of a section. Their order in a file is not the order of their numbers.
type SectionID byte

// The sections. SectionNone stands for "outside of any section".
const (
	SectionCustom    SectionID = 0
	SectionType      SectionID = 1
	SectionImport    SectionID = 2
	SectionFunction  SectionID = 3
	SectionTable     SectionID = 4
	SectionMemory    SectionID = 5
	SectionGlobal    SectionID = 6
	SectionExport    SectionID = 7
	SectionStart     SectionID = 8
	SectionElement   SectionID = 9
	SectionCode      SectionID = 10
	SectionData      SectionID = 11
	SectionDataCount SectionID = 12
	SectionTag       SectionID = 13
	SectionNone      SectionID = 255
)

var sectionNames = [...]string{"custom", "type", "import", "function", "table", "memory", "global", "export", "start",
	"element", "code", "data", "data count", "tag"}

// sectionRank is the place of each section in a file: ranks must rise.
var sectionRank = [...]byte{SectionType: 1, SectionImport: 2, SectionFunction: 3, SectionTable: 4, SectionMemory: 5,
	SectionTag: 6, SectionGlobal: 7, SectionExport: 8, SectionStart: 9, SectionElement: 10, SectionDataCount: 11,
	SectionCode: 12, SectionData: 13}

// String gives the section's name.
func (s SectionID) String() string {
	if int(s) < len(sectionNames) {
		return sectionNames[s]
	}
	return "section(" + strconv.Itoa(int(s)) + ")"
}
