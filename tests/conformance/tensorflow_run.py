"""Runs a SavedModel with TensorFlow's v1 loader, which reads Keras 2 and Keras 3 exports alike."""
import tensorflow as tf

from pictures import pictures


def tensorflow_run(folder, count):
    """(inputs, {output key: values}) of serving_default on made-up pictures."""
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        meta = v1.saved_model.load(session, ["serve"], str(folder))
        signature = meta.signature_def["serving_default"]
        (spec,) = signature.inputs.values()
        shape = [dim.size for dim in spec.tensor_shape.dim[1:]]
        inputs = pictures(count, shape, tf.as_dtype(spec.dtype).as_numpy_dtype)
        names = {key: tensor.name for key, tensor in signature.outputs.items()}
        return inputs, session.run(names, {spec.name: inputs})
