//! The future that the limiting layers share.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::service::{Admission, AdmissionRefusal};

pin_project! {
    /// A refusal at once, or the inner service's decision together with the permit of this layer.
    pub struct Admitting<F> {
        #[pin]
        decision: Decision<F>,
    }
}

pin_project! {
    #[project = DecisionProjection]
    enum Decision<F> {
        Refused { refusal: Option<AdmissionRefusal> },
        Inner { #[pin] inner: F, permit: Option<Box<dyn Any + Send>> },
    }
}

impl<F> Admitting<F> {
    pub(super) fn refused(refusal: AdmissionRefusal) -> Self {
        Self {
            decision: Decision::Refused {
                refusal: Some(refusal),
            },
        }
    }

    pub(super) fn inner(inner: F) -> Self {
        Self {
            decision: Decision::Inner {
                inner,
                permit: None,
            },
        }
    }

    pub(super) fn inner_holding(inner: F, permit: impl Send + 'static) -> Self {
        Self {
            decision: Decision::Inner {
                inner,
                permit: Some(Box::new(permit)),
            },
        }
    }
}

impl<F> Future for Admitting<F>
where
    F: Future<Output = Result<Admission, AdmissionRefusal>>,
{
    type Output = Result<Admission, AdmissionRefusal>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().decision.project() {
            DecisionProjection::Refused { refusal } => match refusal.take() {
                Some(refusal) => Poll::Ready(Err(refusal)),
                None => Poll::Pending,
            },
            DecisionProjection::Inner { inner, permit } => {
                inner.poll(cx).map_ok(|mut admission| {
                    if let Some(permit) = permit.take() {
                        admission.hold_boxed(permit);
                    }
                    admission
                })
            }
        }
    }
}

impl<F> fmt::Debug for Admitting<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admitting").finish_non_exhaustive()
    }
}
