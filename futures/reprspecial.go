package futures

import (
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
)

// special reports whether values of type t show in a way of their own.
func special(t reflect.Type) bool {
	switch t {
	case wrappedType, rawType, idType, reflect.TypeFor[time.Time](), reflect.TypeFor[uuid.UUID]():
		return true
	}
	return t.Implements(anyFuture) || t.Implements(reflect.TypeFor[fmt.Stringer]()) || t.Implements(reflect.TypeFor[error]())
}

// special shows a value in its own way.
func (r *repr) special(x any) {
	defer func() {
		if v := recover(); v != nil {
			r.write(fmt.Sprintf("%T(panic)", x))
		}
	}()
	switch x := x.(type) {
	case Any:
		if absent(x) {
			r.write("nil")
			return
		}
		r.write(x.Task() + "#" + x.ID().String())
	case Wrapped:
		if x.mode&modeSecret != 0 {
			r.write(hidden)
			return
		}
		r.value(reflect.ValueOf(x.value))
	case abi.Raw:
		if len(x) > 4096 {
			r.write(fmt.Sprintf("%d bytes of CBOR", len(x)))
			return
		}
		r.write(codec.Diagnose(x))
	case abi.ID:
		r.write("#" + x.String())
	case error:
		r.write(strconv.Quote(r.head(x.Error())))
	case fmt.Stringer:
		r.write(r.head(x.String()))
	}
}
