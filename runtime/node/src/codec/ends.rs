//! How evaluations end, and which way a failure has come.

use super::{Decoded, Item, get_list, get_text, put_list};
use crate::limits::{FAULT_BYTES_MAX, STATION_STEPS_MAX, STATIONS_MAX};
use crate::message::End;
use crate::outcome::Outcome;
use crate::trail::{Ending, Station, Step, Trail};
use base::bytes::{DecodeError, Reader, Writer};
use kernel::Site;

impl Item for Outcome {
    fn put(&self, w: &mut Writer) {
        match self {
            Outcome::Returned(value) => {
                w.u8(0);
                value.put(w);
            }
            Outcome::Raised(value) => {
                w.u8(1);
                value.put(w);
            }
            Outcome::Failed(failure) => {
                w.u8(2);
                failure.put(w);
            }
        }
    }
    fn get(r: &mut Reader) -> Decoded<Outcome> {
        match r.u8()? {
            0 => Ok(Outcome::Returned(Item::get(r)?)),
            1 => Ok(Outcome::Raised(Item::get(r)?)),
            2 => Ok(Outcome::Failed(Item::get(r)?)),
            tag => Err(DecodeError::BadTag("outcome", tag.into())),
        }
    }
}

/// A value has come no way that anybody wants to know.
impl Item for Ending {
    fn put(&self, w: &mut Writer) {
        self.outcome.put(w);
        if !matches!(self.outcome, Outcome::Returned(_)) {
            self.trail.put(w);
        }
    }
    fn get(r: &mut Reader) -> Decoded<Ending> {
        let outcome = Outcome::get(r)?;
        let trail = match outcome {
            Outcome::Returned(_) => Trail::default(),
            _ => Item::get(r)?,
        };
        Ok(Ending { outcome, trail })
    }
}

impl Item for Trail {
    fn put(&self, w: &mut Writer) {
        put_list(w, &self.0);
    }
    fn get(r: &mut Reader) -> Decoded<Trail> {
        get_list(r, STATIONS_MAX).map(Trail)
    }
}

impl Item for Step {
    fn put(&self, w: &mut Writer) {
        self.definition.put(w);
        self.site.0.put(w);
    }
    fn get(r: &mut Reader) -> Decoded<Step> {
        Ok(Step { definition: Item::get(r)?, site: Site(Item::get(r)?) })
    }
}

impl Item for Station {
    fn put(&self, w: &mut Writer) {
        w.text(&self.node);
        put_list(w, &self.steps);
    }
    fn get(r: &mut Reader) -> Decoded<Station> {
        let node = get_text(r, FAULT_BYTES_MAX)?;
        Ok(Station { node, steps: get_list(r, STATION_STEPS_MAX)? })
    }
}

impl Item for End {
    fn put(&self, w: &mut Writer) {
        match self {
            End::Ended(ending) => ending.put(w),
            End::Requested(request) => {
                w.u8(3);
                request.put(w);
            }
            End::Kept(handle, bytes, request) => {
                w.u8(5);
                handle.put(w);
                bytes.put(w);
                request.put(w);
            }
            End::Moved(to, rest) => {
                w.u8(4);
                to.put(w);
                rest.put(w);
            }
        }
    }
    fn get(r: &mut Reader) -> Decoded<End> {
        match r.clone().u8()? {
            3 => {
                r.u8()?;
                Ok(End::Requested(Item::get(r)?))
            }
            4 => {
                r.u8()?;
                Ok(End::Moved(Item::get(r)?, Item::get(r)?))
            }
            5 => {
                r.u8()?;
                Ok(End::Kept(Item::get(r)?, Item::get(r)?, Item::get(r)?))
            }
            _ => Ok(End::Ended(Item::get(r)?)),
        }
    }
}
